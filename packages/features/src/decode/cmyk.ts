/** a·b / 255, rounded: Pillow's MULDIV255, exact for bytes. */
function multiplied(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/**
 * CMYK bytes (4 a pixel, 255 = full ink) as RGB bytes, as Pillow converts them: paper less black, less that share of the ink
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
