/** A range of numbers, and the round numbers in it that are marked. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** Decimals that tell the ticks apart. */
  readonly decimals: number;
}

/** Steps, each up to where the next one is nearer. */
const STEPS = [
  [1, Math.SQRT2],
  [2, Math.sqrt(10)],
  [5, Math.sqrt(50)],
] as const;

/**
 * A scale with about `wanted` ticks 1, 2 or 5 times a power of ten apart; a range of one value is widened.
 */
export function scaleOf(low: number, high: number, wanted: number): Scale {
  const middle = (low + high) / 2;
  const least = Math.max(Math.abs(middle) * 1e-9, 1e-9);
  const [from, to] = high - low > least ? [low, high] : [middle - 0.5, middle + 0.5];
  const rough = (to - from) / Math.max(1, wanted);
  const power = Math.floor(Math.log10(rough));
  const unit = 10 ** power;
  const factor = STEPS.find(([, most]) => rough / unit <= most)?.[0] ?? 10;
  const step = factor * unit;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step - 1e-9); at * step <= to + step * 1e-9; at += 1) ticks.push(at * step);
  const decimals = Math.max(0, -(factor === 10 ? power + 1 : power));
  return { low: from, high: to, ticks, decimals };
}

/** A tick as text, with a true minus sign. */
export function tickText(value: number, { decimals }: Scale): string {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '\u2212');
}
