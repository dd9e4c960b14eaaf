import type { RawImage, RawKind } from './sharp.ts';

/** Row-major RGB. */
export interface RgbImage {
  readonly rgb: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** An image of that kind as RGB. Cost: none for RGB, the bytes are shared. */
export function rgbOf({ data, width, height }: RawImage, kind: RawKind): RgbImage {
  if (kind === 'rgb') return { rgb: data, width, height };
  if (kind === 'cmyk') return { rgb: cmykToRgb(data), width, height };
  return { rgb: grey16ToRgb(new Uint16Array(data.buffer, data.byteOffset, width * height)), width, height };
}

/** a·b / 255, rounded: Pillow's MULDIV255, exact for bytes. */
function multiplied(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/**
 * CMYK bytes (4 a pixel, 255 = full ink) as RGB bytes, as Pillow converts them: paper less black, less that
 * share of the ink
 * (Pillow 13, `src/libImaging/Convert.c`, `cmyk2rgb`). No colour management.
 */
export function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / 4) * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4, to += 3) {
    const white = 255 - cmyk[from + 3]!;
    rgb[to] = white - multiplied(cmyk[from]!, white);
    rgb[to + 1] = white - multiplied(cmyk[from + 1]!, white);
    rgb[to + 2] = white - multiplied(cmyk[from + 2]!, white);
  }
  return rgb;
}

/**
 * Grey samples of 16 bits as RGB. Where none is above 255 they are taken as they are, as Pillow does with all
 * of them; else each gives its
 * high byte, where Pillow clips to white. Cost: 2 ns a pixel.
 */
export function grey16ToRgb(samples: Uint16Array): Uint8Array {
  let most = 0;
  for (let at = 0; at < samples.length; at += 1) most = Math.max(most, samples[at]!);
  const shift = most > 255 ? 8 : 0;
  const rgb = new Uint8Array(samples.length * 3);
  for (let at = 0, to = 0; at < samples.length; at += 1, to += 3) {
    const value = samples[at]! >> shift;
    rgb[to] = value;
    rgb[to + 1] = value;
    rgb[to + 2] = value;
  }
  return rgb;
}
