/** How long the page takes, to be read in the page: entries of `performance`. */

/** What is measured: finding a point, changing what is shown, drawing a frame of pan or zoom. */
export type Measured = 'verger:hover' | 'verger:filter' | 'verger:frame';

/** Entries that are kept: a page may stay open for days. */
const MOST_ENTRIES = 2_000;

const entries = new Map<Measured, number>();

/** Does something and measures it. */
export function measured<T>(name: Measured, act: () => T): T {
  const start = performance.now();
  const result = act();
  const count = entries.get(name) ?? 0;
  if (count >= MOST_ENTRIES) performance.clearMeasures(name);
  entries.set(name, count >= MOST_ENTRIES ? 1 : count + 1);
  performance.measure(name, { start });
  return result;
}
