/** The first frame of a GIF: its place on the canvas, and the colours of its pixels. */
export interface GifFrame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  /** What Pillow shows where there is no frame: the transparent index, else 0. */
  readonly open: number;
  /** RGB of all 256 indices: black where the colour table has none, grey where there is no table. */
  readonly colours: Uint8Array;
  /** Where its pixels begin, with the byte of the code size. */
  readonly dataAt: number;
  /** The screen, made larger where the frame reaches beyond it. */
  readonly canvas: { readonly width: number; readonly height: number };
}

/** Why there is no first frame: the bytes end before it, or there is none. */
export type NoFrame = 'cut' | 'damaged';

const u16 = (bytes: Uint8Array, at: number) => bytes[at]! | (bytes[at + 1]! << 8);
/** Bytes of the colour table that a packed field announces (0 when there is none). */
const tableBytes = (packed: number) => (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0);

function afterSubBlocks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0) at += 1 + bytes[at]!;
  return at + 1;
}

/**
 * Without a table, and with one that is the beginning of the grey ramp, Pillow takes the indices for grey.
 */
function coloursOf(table: Uint8Array): Uint8Array {
  const grey = table.every((value, at) => value === Math.floor(at / 3));
  const colours = new Uint8Array(768);
  if (grey) return colours.map((_, at) => Math.floor(at / 3));
  colours.set(table);
  return colours;
}

/** The frame whose descriptor begins at `at`. */
function frameAt(
  bytes: Uint8Array,
  at: number,
  { global, transparent }: { global: Uint8Array; transparent: number | undefined },
): GifFrame | NoFrame {
  if (at + 10 > bytes.length) return 'cut';
  const [left, top] = [u16(bytes, at + 1), u16(bytes, at + 3)];
  const [width, height] = [u16(bytes, at + 5), u16(bytes, at + 7)];
  const packed = bytes[at + 9]!;
  const dataAt = at + 10 + tableBytes(packed);
  if (dataAt >= bytes.length) return 'cut';
  return {
    left,
    top,
    width,
    height,
    interlaced: (packed & 0x40) !== 0,
    open: transparent ?? 0,
    colours: coloursOf(packed & 0x80 ? bytes.subarray(at + 10, dataAt) : global),
    dataAt,
    canvas: {
      width: Math.max(u16(bytes, 6), left + width),
      height: Math.max(u16(bytes, 8), top + height),
    },
  };
}

/**
 * The transparent index of a control block, if it has one: its size, flags, a delay of two bytes, the index.
 * Pillow, too, refuses one that ends before what it says it has, and passes over an empty one.
 */
function controlAt(bytes: Uint8Array, at: number): number | undefined | 'damaged' {
  const [size, flags] = [bytes[at]!, bytes[at + 1]!];
  if (size === 0) return undefined;
  const isTransparent = (flags & 1) !== 0;
  if (size < (isTransparent ? 4 : 3)) return 'damaged';
  return isTransparent ? bytes[at + 4] : undefined;
}

/**
 * The first frame (GIF89a specification, 18 to 23). Zeros between blocks are passed over; a transparent index
 * counts until another one is given. Cost: microseconds; nothing is decoded.
 */
export function firstGifFrame(bytes: Uint8Array): GifFrame | NoFrame {
  if (bytes.length < 13) return 'cut';
  let at = 13 + tableBytes(bytes[10]!);
  const global = bytes.subarray(13, at);
  let transparent: number | undefined;
  while (at < bytes.length) {
    const introducer = bytes[at];
    if (introducer === 0x2c) return frameAt(bytes, at, { global, transparent });
    if (introducer === 0) {
      at += 1;
      continue;
    }
    if (introducer !== 0x21) return 'damaged';
    if (bytes[at + 1] === 0xf9 && at + 6 < bytes.length) {
      const control = controlAt(bytes, at + 2);
      if (control === 'damaged') return 'damaged';
      transparent = control ?? transparent;
    }
    // Behind an empty block Pillow reads others, but for a comment.
    const isEmpty = bytes[at + 2] === 0 && bytes[at + 1] !== 0xfe;
    at = afterSubBlocks(bytes, at + (isEmpty ? 3 : 2));
  }
  return 'cut';
}
