/** How the text of a flag or a variable becomes a value. A configuration file may give the value itself. */
export type ValueKind = 'text' | 'list' | 'integer' | 'share' | 'bytes' | 'switch';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ...['k', 'm', 'g', 't'].flatMap((letter, index): [string, number][] => [
    [letter, 1024 ** (index + 1)],
    [`${letter}ib`, 1024 ** (index + 1)],
    [`${letter}b`, 1000 ** (index + 1)],
  ]),
]);

/**
 * Whole bytes of `512MiB`, `1.5 GiB`, `2GB` (decimal), `1g` (binary, as Docker reads it) or `1048576`;
 * undefined for anything else.
 */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = UNITS.get((match?.[2] ?? '?').toLowerCase());
  return unit === undefined ? undefined : Math.round(Number(match?.[1]) * unit);
}

/** A share of one: `0.75`, `.75` or `75%`; undefined for anything else. */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+)\s*(%?)$/.exec(text.trim());
  if (match === null) return undefined;
  return match[2] === '%' ? Number(match[1]) / 100 : Number(match[1]);
}

/**
 * The parts of `*.jpg, *.{png,webp}`: cut at commas, not at those inside braces; blanks around a part are
 * dropped, empty parts too.
 */
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

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'on', '1'].map((text): [string, boolean] => [text, true]),
  ...['false', 'no', 'off', '0'].map((text): [string, boolean] => [text, false]),
]);

const FROM_TEXT: { readonly [K in ValueKind]: (text: string) => unknown } = {
  text: (text) => text,
  list: parseList,
  integer: (text) => (/^-?\d+$/.test(text.trim()) ? Number(text) : undefined),
  share: parseShare,
  bytes: parseBytes,
  switch: (text) => SWITCHES.get(text.trim().toLowerCase()),
};

/**
 * A raw value as the value that the option's schema judges: texts are read as the kind says, all else is
 * unchanged. Undefined when a text cannot be read so.
 */
export function readValue(kind: ValueKind, raw: unknown): unknown {
  if (typeof raw === 'string') return FROM_TEXT[kind](raw);
  if (kind === 'list' && Array.isArray(raw))
    return raw.flatMap((item: unknown) => (typeof item === 'string' ? parseList(item) : [item]));
  return raw;
}
