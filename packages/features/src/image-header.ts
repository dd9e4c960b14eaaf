import type { SniffedFormat } from './image-format.ts';

/** What an image's header says, before anything is decoded. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  /** Four for a CMYK or YCCK JPEG; not looked at elsewhere. */
  readonly components: number;
  /** A JPEG of three components of 8 bits, sequential or progressive, Huffman coded (SOF0 to SOF2). */
  readonly plainJpeg?: boolean;
}

const u16 = (bytes: Uint8Array, at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const u16le = (bytes: Uint8Array, at: number) => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
const u24le = (bytes: Uint8Array, at: number) => u16le(bytes, at) | ((bytes[at + 2] ?? 0) << 16);
const u32 = (bytes: Uint8Array, at: number) => u16(bytes, at) * 65536 + u16(bytes, at + 2);

/** Start-of-frame markers (ITU T.81, table B.1): C0 to CF without DHT (C4), JPG (C8) and DAC (CC). */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function jpegHeader(bytes: Uint8Array): ImageHeader | undefined {
  let at = 2;
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) {
      at += 1;
      continue;
    }
    const marker = bytes[at + 1] ?? 0;
    if (isFrame(marker)) {
      const components = bytes[at + 9] ?? 0;
      const plainJpeg = marker <= 0xc2 && bytes[at + 4] === 8 && components === 3;
      return { height: u16(bytes, at + 5), width: u16(bytes, at + 7), components, plainJpeg };
    }
    // Fill bytes and markers without a length stand alone.
    const alone = marker === 0xff || marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd9);
    at += marker === 0xff ? 1 : alone ? 2 : 2 + u16(bytes, at + 2);
  }
  return undefined;
}

/** The three kinds of WebP (RFC 9649): lossy, lossless, extended. */
function webpHeader(bytes: Uint8Array): ImageHeader | undefined {
  if (bytes.length < 30) return undefined;
  const kind = String.fromCharCode(...bytes.subarray(12, 16));
  if (kind === 'VP8 ')
    return { width: u16le(bytes, 26) & 0x3fff, height: u16le(bytes, 28) & 0x3fff, components: 3 };
  if (kind === 'VP8X') return { width: u24le(bytes, 24) + 1, height: u24le(bytes, 27) + 1, components: 3 };
  if (kind !== 'VP8L') return undefined;
  const packed = u24le(bytes, 21) + (bytes[24] ?? 0) * 2 ** 24;
  return { width: (packed & 0x3fff) + 1, height: (Math.floor(packed / 2 ** 14) & 0x3fff) + 1, components: 3 };
}

/** Width and height of a format that is read, or undefined when its header is not whole. Cost: microseconds; nothing is decoded. */
export function readImageHeader(bytes: Uint8Array, format: SniffedFormat): ImageHeader | undefined {
  if (format === 'jpeg') return jpegHeader(bytes);
  if (format === 'webp') return webpHeader(bytes);
  if (format === 'png' && bytes.length >= 24)
    return { width: u32(bytes, 16), height: u32(bytes, 20), components: 3 };
  if (format === 'gif' && bytes.length >= 10)
    return { width: u16le(bytes, 6), height: u16le(bytes, 8), components: 3 };
  return undefined;
}

/** True when a PNG ends before its IEND chunk (ISO/IEC 15948, 5.3): libpng says "read error" for damage and for a cut alike. */
function pngIsCut(bytes: Uint8Array): boolean {
  let at = 8;
  while (at + 12 <= bytes.length) {
    if (u32(bytes, at + 4) === 0x49454e44) return false;
    at += 12 + u32(bytes, at);
  }
  return true;
}

/** True when a container states more bytes than there are, or lacks its end. Only for PNG and WebP; JPEG and GIF show it when decoded. */
export function isCutShort(bytes: Uint8Array, format: SniffedFormat): boolean {
  if (format === 'png') return pngIsCut(bytes);
  if (format === 'webp') return bytes.length < 8 + u16le(bytes, 4) + u16le(bytes, 6) * 65536;
  return false;
}
