import type { ImageErrorCode } from '@verger/core';
import { firstGifFrame, type GifFrame } from './gif-frame.ts';
import { readGifPixels } from './gif-lzw.ts';
import type { RgbImage } from './to-rgb.ts';

/** First row and step of the passes of an interlaced frame (GIF89a specification, appendix E). */
const PASSES = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
] as const;

/** The canvas' row of each row of the data. */
function* rowsOf({ height, interlaced }: GifFrame): Generator<number> {
  for (const [from, step] of interlaced ? PASSES : [[0, 1] as const])
    for (let row = from; row < height; row += step) yield row;
}

function drawOnCanvas(frame: GifFrame, indices: Uint8Array): RgbImage {
  const { colours, canvas, left, top, width } = frame;
  const rgb = new Uint8Array(canvas.width * canvas.height * 3);
  const open = frame.open * 3;
  if (colours[open] !== 0 || colours[open + 1] !== 0 || colours[open + 2] !== 0)
    for (let to = 0; to < rgb.length; to += 3) {
      rgb[to] = colours[open]!;
      rgb[to + 1] = colours[open + 1]!;
      rgb[to + 2] = colours[open + 2]!;
    }
  let from = 0;
  for (const row of rowsOf(frame)) {
    let to = ((top + row) * canvas.width + left) * 3;
    for (const end = from + width; from < end; from += 1, to += 3) {
      const entry = indices[from]! * 3;
      rgb[to] = colours[entry]!;
      rgb[to + 1] = colours[entry + 1]!;
      rgb[to + 2] = colours[entry + 2]!;
    }
  }
  return { rgb, ...canvas };
}

/**
 * The first frame of a GIF on its canvas as Pillow's `convert("RGB")` gives it, or the code of what is wrong:
 * E_IMG_TRUNCATED when pixels are missing or the frame has none, E_IMG_DECODE for codes and blocks that
 * cannot be, E_IMG_TOO_MANY_PIXELS. Our own reader: libnsgif takes other sizes than the file says, and fills
 * up what is missing. Cost: 10 to 20 ns a pixel, 4 bytes each.
 */
export function decodeGif(bytes: Uint8Array, maxPixels: number): RgbImage | ImageErrorCode {
  const frame = firstGifFrame(bytes);
  if (frame === 'cut') return 'E_IMG_TRUNCATED';
  if (frame === 'damaged') return 'E_IMG_DECODE';
  if (frame.canvas.width * frame.canvas.height > maxPixels) return 'E_IMG_TOO_MANY_PIXELS';
  if (frame.width === 0 || frame.height === 0) return 'E_IMG_TRUNCATED';
  const indices = new Uint8Array(frame.width * frame.height);
  const fault = readGifPixels(bytes, frame.dataAt, indices);
  if (fault !== undefined) return fault === 'cut' ? 'E_IMG_TRUNCATED' : 'E_IMG_DECODE';
  return drawOnCanvas(frame, indices);
}
