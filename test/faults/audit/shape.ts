/** Says what is wrong with a value that stands at `at`; undefined when nothing is. */
export type Shape = (value: unknown, at: string) => string | undefined;

const rule =
  (what: string, holds: (value: unknown) => boolean): Shape =>
  (value, at) =>
    holds(value) ? undefined : `${at || 'it'} is not ${what}`;

export const text = rule('a text', (value) => typeof value === 'string');
export const bool = rule('true or false', (value) => typeof value === 'boolean');
export const number = rule('a number', (value) => typeof value === 'number' && Number.isFinite(value));
/** A whole number, which may be negative. */
export const whole = rule('a whole number', (value) => Number.isSafeInteger(value));
export const count = rule('a count', (value) => Number.isSafeInteger(value) && (value as number) >= 0);
export const positive = rule(
  'a positive count',
  (value) => Number.isSafeInteger(value) && (value as number) > 0,
);
export const hash = rule('a sha256', (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value));
/** What a store may call a refusal. */
export const word = rule(
  'a store code',
  (value) => typeof value === 'string' && /^[A-Za-z0-9]{1,64}$/.test(value),
);
export const time = rule(
  'a time',
  (value) =>
    typeof value === 'string' && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value,
);

/** Exactly this value. */
export const is = (wanted: unknown): Shape => rule(JSON.stringify(wanted), (value) => value === wanted);

/** One of these values. */
export const oneOf = (...wanted: unknown[]): Shape =>
  rule(`one of ${JSON.stringify(wanted)}`, (value) => wanted.includes(value));

/** Null, or of that shape. */
export const nullable =
  (shape: Shape): Shape =>
  (value, at) =>
    value === null ? undefined : shape(value, at);

/** An array of that shape. */
export const list =
  (shape: Shape): Shape =>
  (value, at) => {
    if (!Array.isArray(value)) return `${at || 'it'} is not a list`;
    for (const [index, item] of value.entries()) {
      const fault = shape(item, `${at}[${index}]`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };

/** An object whose every field has that shape. */
export const table =
  (shape: Shape): Shape =>
  (value, at) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      return `${at || 'it'} is not a table`;
    for (const [key, item] of Object.entries(value)) {
      const fault = shape(item, `${at}.${key}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };

/** An object with exactly these fields; those in `optional` may be absent. */
export const record =
  (fields: Record<string, Shape>, optional: readonly string[] = []): Shape =>
  (value, at) => {
    const fault = table(() => undefined)(value, at);
    if (fault !== undefined) return fault;
    const found = value as Record<string, unknown>;
    const extra = Object.keys(found).find((key) => !Object.hasOwn(fields, key));
    if (extra !== undefined) return `${at}.${extra} is not a field`;
    for (const [key, shape] of Object.entries(fields)) {
      if (!Object.hasOwn(found, key)) {
        if (optional.includes(key)) continue;
        return `${at}.${key} is missing`;
      }
      const inner = shape(found[key], `${at}.${key}`);
      if (inner !== undefined) return inner;
    }
    return undefined;
  };
