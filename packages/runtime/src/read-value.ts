/** How the text of a flag or a variable becomes a value. A configuration file may give the value itself. */
export type ValueKind = 'text' | 'list' | 'integer' | 'share' | 'bytes' | 'switch';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};

/** Whole bytes of `512MiB`, `1.5 GiB`, `2GB` (decimal), `1g` (binary, as Docker reads it) or `1048576`; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = UNITS[(match?.[2] ?? '?').toLowerCase()];
  return unit === undefined ? undefined : Math.round(Number(match?.[1]) * unit);
}

/** A share of one: `0.75`, `.75` or `75%`; undefined for anything else. */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+)\s*(%?)$/.exec(text.trim());
  if (match === null) return undefined;
  return match[2] === '%' ? Number(match[1]) / 100 : Number(match[1]);
}

/** The parts of `*.jpg, *.{png,webp}`: cut at commas, not at those inside braces; blanks around a part are dropped, empty parts too. */
export function parseList(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const letter of text) {
    if (letter === '{') depth += 1;
    if (letter === '}') depth = Math.max(0, depth - 1);
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

const SWITCHES: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

const FROM_TEXT: { readonly [K in ValueKind]: (text: string) => unknown } = {
  text: (text) => text,
  list: parseList,
  integer: (text) => (/^-?\d+$/.test(text.trim()) ? Number(text) : undefined),
  share: parseShare,
  bytes: parseBytes,
  switch: (text) => SWITCHES[text.trim().toLowerCase()],
};

/**
 * A raw value as the value that the option's schema judges: texts are read as the kind says, all else stands as it is.
 * Undefined when a text cannot be read so.
 */
export function readValue(kind: ValueKind, raw: unknown): unknown {
  if (typeof raw === 'string') return FROM_TEXT[kind](raw);
  if (kind === 'list' && Array.isArray(raw))
    return raw.flatMap((item: unknown) => (typeof item === 'string' ? parseList(item) : [item]));
  return raw;
}
