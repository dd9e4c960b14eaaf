import { type AxisWeights, axisWeights } from './resize-weights.ts';

/** Weights of consecutive outputs of one axis, as `resize.wat` reads them. */
export interface ResizeTable {
  /** Its outputs: [from, to). */
  readonly from: number;
  readonly to: number;
  /** Its inputs: [begin, end). */
  readonly begin: number;
  readonly end: number;
  /** Taps, in fours: weights beyond Pillow's window are 0. */
  readonly groups: number;
  readonly bytes: Uint8Array;
}

/** One table is not larger than that, but for one output that needs more. */
const TABLE_BYTES = 4 * 1024 * 1024;
const KEPT_AXES = 16;
const KEPT_BYTES = 256 * 1024;

const kept = new Map<string, readonly ResizeTable[]>();

/** Signed halves of 22-bit weights: `high` times 2^11 and what is left. */
const HALF_BITS = 11;
const LOW_MASK = 2 ** HALF_BITS - 1;

function pack(axis: AxisWeights, size: number, { from, to }: { from: number; to: number }): ResizeTable {
  const { taps, first, weights } = axis;
  const groups = Math.ceil(taps / 4);
  const rowBytes = 4 + groups * 16;
  const bytes = new Uint8Array((to - from) * rowBytes);
  const view = new DataView(bytes.buffer);
  for (const [output, begin] of first.entries()) {
    const row = output * rowBytes;
    view.setInt32(row, begin, true);
    for (let tap = 0; tap < taps; tap += 1) {
      const weight = weights[output * taps + tap]!;
      const at = row + 4 + (tap >> 2) * 16 + (tap & 3) * 2;
      view.setInt16(at, weight >> HALF_BITS, true);
      view.setInt16(at + 8, weight & LOW_MASK, true);
    }
  }
  const begin = first[0]!;
  return { from, to, begin, end: Math.min(size, first.at(-1)! + taps), groups, bytes };
}

/**
 * The tables from `size` inputs to `out` outputs: one for most sizes, several for an axis so long that one
 * would be too large. The most recently used axes are kept where they are small. Cost: 20 ns a weight where
 * it is not kept.
 */
export function* resizeTables(size: number, out: number): Generator<ResizeTable> {
  const key = `${size} ${out}`;
  const there = kept.get(key);
  if (there !== undefined) {
    kept.delete(key);
    kept.set(key, there);
    yield* there;
    return;
  }
  const outputBytes = 4 + Math.ceil((4 * Math.max(1, size / out) + 2) / 4) * 16;
  const width = Math.min(out, Math.max(1, Math.floor(TABLE_BYTES / outputBytes)));
  for (let from = 0; from < out; from += width) {
    const range = { from, to: Math.min(out, from + width) };
    const table = pack(axisWeights(size, out, range), size, range);
    if (width === out && table.bytes.length <= KEPT_BYTES) {
      kept.set(key, [table]);
      if (kept.size > KEPT_AXES) kept.delete(kept.keys().next().value ?? '');
    }
    yield table;
  }
}
