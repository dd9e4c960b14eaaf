/** Round numbers along an axis. */

/** Up to `most` multiples of 1, 2 or 5 times a power of ten within a range; none for an empty one. */
export function tickValues(low: number, high: number, most: number): number[] {
  const step = stepOf(high - low, most);
  if (!(step > 0) || !Number.isFinite(step)) return [];
  const values: number[] = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1) {
    // Adds 0, so that there is no -0.
    values.push(Number((at * step).toPrecision(12)) + 0);
  }
  return values;
}

function stepOf(span: number, most: number): number {
  const least = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** A tick's number with the digits that its neighbours need; with a real minus sign. */
export function tickText(value: number, values: readonly number[]): string {
  const step = values.length > 1 ? Math.abs((values[1] ?? 0) - (values[0] ?? 0)) : Math.abs(value);
  const largest = Math.max(...values.map(Math.abs), 0);
  if (step > 0 && (largest >= 1e6 || step < 0.99e-4)) {
    const power = (size: number) => Math.floor(Math.log10(size) + 1e-9);
    const digits = Math.min(20, Math.max(0, power(largest) - power(step)));
    return minus(value.toExponential(digits));
  }
  const digits = step > 0 ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 0;
  return minus(value.toFixed(digits));
}

/** A number with two digits after the point, as the page says a position. */
export function positionText(value: number): string {
  return minus(value.toFixed(2));
}

const minus = (text: string) => text.replace('-', '−');
