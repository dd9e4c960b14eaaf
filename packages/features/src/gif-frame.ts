/** The first frame of a GIF: where it lies on the screen, and the colour of what it leaves open. */
export interface GifFrame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** RGB of the transparent entry, or of entry 0 when none is transparent. */
  readonly open: readonly [number, number, number];
  /** Where its pixels begin, with the byte of the code size. */
  readonly dataAt: number;
}

const u16 = (bytes: Uint8Array, at: number) => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
/** Bytes of the colour table that a packed field announces (0 when there is none). */
const tableBytes = (packed: number) => (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0);

function afterSubBlocks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] ?? 0);
  return at + 1;
}

function frameAt(
  bytes: Uint8Array,
  at: number,
  table: { global: number; transparent: number | undefined },
): GifFrame {
  const packed = bytes[at + 9] ?? 0;
  const colours = packed & 0x80 ? at + 10 : table.global;
  const entry = colours + (table.transparent ?? 0) * 3;
  return {
    left: u16(bytes, at + 1),
    top: u16(bytes, at + 3),
    width: u16(bytes, at + 5),
    height: u16(bytes, at + 7),
    open: [bytes[entry] ?? 0, bytes[entry + 1] ?? 0, bytes[entry + 2] ?? 0],
    dataAt: at + 10 + tableBytes(packed),
  };
}

/** The first frame (GIF89a specification, 18 to 23), or undefined when its descriptor is not there. Cost: microseconds. */
export function firstGifFrame(bytes: Uint8Array): GifFrame | undefined {
  let at = 13 + tableBytes(bytes[10] ?? 0);
  let transparent: number | undefined;
  while (at + 10 < bytes.length) {
    const introducer = bytes[at];
    if (introducer === 0x2c) return frameAt(bytes, at, { global: 13, transparent });
    if (introducer !== 0x21) return undefined;
    if (bytes[at + 1] === 0xf9) transparent = bytes[at + 3]! & 1 ? bytes[at + 6] : undefined;
    at = afterSubBlocks(bytes, at + 2);
  }
  return undefined;
}

/**
 * The first frame's pixels as Pillow's `convert("RGB")` gives them: libvips leaves open what is transparent or outside the frame (black),
 * Pillow shows the colour of the table there. `data` is row-major, 3 or 4 channels. Gives RGB.
 */
export function gifToRgb(
  image: { readonly data: Uint8Array; readonly width: number; readonly channels: number },
  frame: GifFrame | undefined,
): Uint8Array {
  const { data, width, channels } = image;
  const rgb = new Uint8Array((data.length / channels) * 3);
  for (let pixel = 0, from = 0, to = 0; from < data.length; pixel += 1, from += channels, to += 3) {
    const x = pixel % width;
    const y = (pixel - x) / width;
    const clear = channels === 4 && data[from + 3] === 0;
    if (frame !== undefined && (clear || !covers(frame, x, y))) rgb.set(frame.open, to);
    else rgb.set([data[from]!, data[from + 1]!, data[from + 2]!], to);
  }
  return rgb;
}

const covers = (frame: GifFrame, x: number, y: number) =>
  x >= frame.left && x < frame.left + frame.width && y >= frame.top && y < frame.top + frame.height;
