import { INPUT_SIDE } from './layers.ts';
import { type AxisWeights, axisWeights, WEIGHT_BITS } from './resize-weights.ts';

const SIDE = INPUT_SIDE;
const ROW = SIDE * 3;
const HALF = 1 << (WEIGHT_BITS - 1);
const KEPT_TABLES = 16;

const tables = new Map<number, AxisWeights>();

/** Weights from `size` to 224; the most recently used sizes are kept. */
function weightsFor(size: number): AxisWeights {
  const kept = tables.get(size) ?? axisWeights(size, SIDE);
  tables.delete(size);
  tables.set(size, kept);
  if (tables.size > KEPT_TABLES) tables.delete(tables.keys().next().value ?? 0);
  return kept;
}

/** A fixed-point sum as a byte: shifted with its sign, then clipped. */
function toByte(sum: number): number {
  const value = sum >> WEIGHT_BITS;
  return value < 0 ? 0 : Math.min(value, 255);
}

/** Every row of the input from `width` to 224 pixels. */
function horizontal(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const { taps, first, weights } = weightsFor(width);
  const out = new Uint8Array(height * ROW);
  for (let y = 0; y < height; y += 1) {
    const row = y * width * 3;
    let to = y * ROW;
    for (let x = 0; x < SIDE; x += 1) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let from = row + first[x]! * 3;
      const end = (x + 1) * taps;
      for (let at = x * taps; at < end; at += 1) {
        const weight = weights[at]!;
        red = (red + Math.imul(rgb[from]!, weight)) | 0;
        green = (green + Math.imul(rgb[from + 1]!, weight)) | 0;
        blue = (blue + Math.imul(rgb[from + 2]!, weight)) | 0;
        from += 3;
      }
      out[to] = toByte(red);
      out[to + 1] = toByte(green);
      out[to + 2] = toByte(blue);
      to += 3;
    }
  }
  return out;
}

/** Four taps, which is every enlargement of four rows and more: one expression instead of a loop. */
function verticalFour(rows: Uint8Array, axis: AxisWeights): Uint8Array {
  const out = new Uint8Array(SIDE * ROW);
  for (let y = 0; y < SIDE; y += 1) {
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = axis.weights.subarray(y * 4, y * 4 + 4);
    let from = axis.first[y]! * ROW;
    const to = y * ROW;
    for (let x = to; x < to + ROW; x += 1) {
      const near = (Math.imul(rows[from]!, w0) + Math.imul(rows[from + ROW]!, w1)) | 0;
      const far = (Math.imul(rows[from + 2 * ROW]!, w2) + Math.imul(rows[from + 3 * ROW]!, w3)) | 0;
      out[x] = toByte((HALF + ((near + far) | 0)) | 0);
      from += 1;
    }
  }
  return out;
}

/** Every column of 224-pixel-wide rows to 224 rows. */
function vertical(rows: Uint8Array, height: number): Uint8Array {
  const axis = weightsFor(height);
  const { taps, first, weights } = axis;
  if (taps === 4) return verticalFour(rows, axis);
  const out = new Uint8Array(SIDE * ROW);
  const sums = new Int32Array(ROW);
  for (let y = 0; y < SIDE; y += 1) {
    sums.fill(HALF);
    for (let tap = 0; tap < taps; tap += 1) {
      const weight = weights[y * taps + tap]!;
      const from = (first[y]! + tap) * ROW;
      if (weight === 0) continue;
      for (let x = 0; x < ROW; x += 1) sums[x] = sums[x]! + Math.imul(rows[from + x]!, weight);
    }
    for (let x = 0; x < ROW; x += 1) out[y * ROW + x] = toByte(sums[x]!);
  }
  return out;
}

/**
 * RGB pixels (row-major, 3 bytes each) resized to 224×224, bit-equal to Pillow's `Image.resize((224, 224))`: separable bicubic, support
 * scaled when shrinking, 22-bit fixed-point weights, rounded and clipped to 8 bits between the horizontal and the vertical pass; an axis
 * that is 224 already is left alone. Always a fresh array.
 */
export function resizeBicubic(
  rgb: Uint8Array,
  size: { readonly width: number; readonly height: number },
): Uint8Array {
  const { width, height } = size;
  if (rgb.length !== width * height * 3)
    throw new RangeError(`${rgb.length} bytes are not ${width}×${height} RGB pixels`);
  const rows = width === SIDE ? rgb : horizontal(rgb, width, height);
  if (height !== SIDE) return vertical(rows, height);
  return rows === rgb ? rgb.slice() : rows;
}
