import { DEFAULT_MAX_PIXELS, type ImageErrorCode, MAX_IMAGE_BYTES } from '@verger/core';
import { codeOf, digestOf, type Pair, type Rule, type Rules } from './rule.ts';
import { JPEG_RULES } from './rules-jpeg.ts';
import { AVIF_RULES, GIF_RULES, TIFF_RULES } from './rules-other.ts';
import { PNG_RULES } from './rules-png.ts';

export type { Pair } from './rule.ts';

const ALWAYS_OPEN = ['JPEG', 'MPO', 'PNG', 'GIF', 'WEBP'];
const LIMITS: readonly Rule[] = [
  {
    name: 'another format (--formats opens TIFF and AVIF)',
    holds: (pair) => {
      const opened = [...ALWAYS_OPEN, ...(pair.limits.formats ?? []).map((name) => name.toUpperCase())];
      const isOther = !opened.includes(pair.pillow.format ?? '');
      return isOther && ['E_IMG_FORMAT_DENIED', 'E_IMG_UNSUPPORTED'].includes(codeOf(pair) ?? '');
    },
  },
  {
    name: 'more pixels than are allowed (--max-pixels)',
    holds: (pair) => {
      const [width, height] = pair.pillow.size ?? [0, 0];
      const most = pair.limits.maxPixels ?? DEFAULT_MAX_PIXELS;
      return codeOf(pair) === 'E_IMG_TOO_MANY_PIXELS' && width * height > most;
    },
  },
  {
    name: 'a file of more than 64 MiB',
    holds: (pair) => codeOf(pair) === 'E_IMG_TOO_LARGE' && pair.bytes.length > MAX_IMAGE_BYTES,
  },
];

const GREY_OF_16: Rule = {
  name: 'grey of 16 bits above 255: the high byte, which Pillow clips to white',
  holds: (pair) => pair.pillow.high !== undefined && pair.pillow.high === digestOf(pair),
};

const RULES: Rules = {
  refused: [...LIMITS, ...[PNG_RULES, JPEG_RULES, GIF_RULES, TIFF_RULES].flatMap(({ refused }) => refused)],
  opened: [PNG_RULES, JPEG_RULES, TIFF_RULES].flatMap(({ opened }) => opened),
  otherPixels: [
    GREY_OF_16,
    ...[GIF_RULES, TIFF_RULES, AVIF_RULES, JPEG_RULES].flatMap(({ otherPixels }) => otherPixels),
  ],
};

/** What says nothing about the image, but of a child that failed at it. */
const FAILURES: readonly ImageErrorCode[] = ['E_IMG_CRASH', 'E_IMG_TIMEOUT', 'E_IMG_MEMORY'];

/**
 * How the two answers compare. `rule`: the documented difference, if one holds. `failed`: the product gave no
 * answer, and why.
 */
export type Verdict =
  | { readonly kind: 'equal' | 'both refuse' }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'refused' | 'opened' | 'other pixels'; readonly rule: string | undefined };

/** Compares the two answers. Pure. */
export function judge(pair: Pair): Verdict {
  if ('failed' in pair.ours.answer) return { kind: 'failed', why: pair.ours.answer.failed };
  const code = codeOf(pair);
  if (code !== undefined && FAILURES.includes(code)) return { kind: 'failed', why: code };
  const ruleOf = (rules: readonly Rule[]) => rules.find((rule) => rule.holds(pair))?.name;
  if (pair.pillow.sha256 === undefined)
    return code === undefined ? { kind: 'opened', rule: ruleOf(RULES.opened) } : { kind: 'both refuse' };
  if (code !== undefined) return { kind: 'refused', rule: ruleOf(RULES.refused) };
  if (digestOf(pair) === pair.pillow.sha256) return { kind: 'equal' };
  return { kind: 'other pixels', rule: ruleOf(RULES.otherPixels) };
}
