import { axisWeights, WEIGHT_BITS } from '../resize/resize-weights.ts';

const SIDE = 224;
const HALF = 1 << (WEIGHT_BITS - 1);

const toByte = (sum: number) => Math.max(0, Math.min(sum >> WEIGHT_BITS, 255));

/** Every row, `width` pixels wide, to 224 pixels: one tap after the other. */
export function plainHorizontal(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const { taps, first, weights } = axisWeights(width, SIDE);
  const out = new Uint8Array(height * SIDE * 3);
  for (let at = 0; at < out.length; at += 1) {
    const x = Math.floor(at / 3) % SIDE;
    const from = (Math.floor(at / 3 / SIDE) * width + first[x]!) * 3 + (at % 3);
    let sum = HALF;
    for (let tap = 0; tap < taps; tap += 1)
      sum = (sum + Math.imul(rgb[from + tap * 3] ?? 0, weights[x * taps + tap]!)) | 0;
    out[at] = toByte(sum);
  }
  return out;
}

/** Every column of `height` rows, `rowBytes` long, to 224 rows: one tap after the other. */
export function plainVertical(rows: Uint8Array, rowBytes: number, height: number): Uint8Array {
  const { taps, first, weights } = axisWeights(height, SIDE);
  const out = new Uint8Array(SIDE * rowBytes);
  for (let at = 0; at < out.length; at += 1) {
    const y = Math.floor(at / rowBytes);
    let sum = HALF;
    for (let tap = 0; tap < taps; tap += 1) {
      const from = (first[y]! + tap) * rowBytes + (at % rowBytes);
      sum = (sum + Math.imul(rows[from] ?? 0, weights[y * taps + tap]!)) | 0;
    }
    out[at] = toByte(sum);
  }
  return out;
}
