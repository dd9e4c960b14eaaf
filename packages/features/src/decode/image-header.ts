import type { SniffedFormat } from './image-format.ts';
import { isAlone, isSegment } from './jpeg-markers.ts';

/** What an image's header says, before anything is decoded. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  /** Four for a CMYK or YCCK JPEG; not looked at elsewhere. */
  readonly components: number;
  /** A JPEG of three components of 8 bits, sequential or progressive, Huffman coded (SOF0 to SOF2). */
  readonly plainJpeg?: boolean;
  /** A PNG of one channel of 16 bits. */
  readonly deepGrey?: boolean;
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
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff) at += 1;
    else if (isAlone(marker)) at += marker === 0xff ? 1 : 2;
    else if (isFrame(marker)) {
      const components = bytes[at + 9]!;
      if (u16(bytes, at + 2) !== 8 + 3 * components) return undefined;
      const plainJpeg = marker <= 0xc2 && bytes[at + 4] === 8 && components === 3;
      return { height: u16(bytes, at + 5), width: u16(bytes, at + 7), components, plainJpeg };
    } else if (isSegment(marker) && u16(bytes, at + 2) >= 2) at += 2 + u16(bytes, at + 2);
    else return undefined;
  }
  return undefined;
}

/** The first chunk has to be IHDR, of 13 bytes (ISO/IEC 15948, 5.6 and 11.2.2). */
function pngHeader(bytes: Uint8Array): ImageHeader | undefined {
  if (bytes.length < 33 || u32(bytes, 8) !== 13 || u32(bytes, 12) !== 0x49484452) return undefined;
  const deepGrey = bytes[24] === 16 && bytes[25] === 0;
  return { width: u32(bytes, 16), height: u32(bytes, 20), components: 3, deepGrey };
}

/**
 * The three kinds of WebP (RFC 9649): lossy, lossless, extended. Only where their first chunk is one of them,
 * and is signed.
 */
function webpHeader(bytes: Uint8Array): ImageHeader | undefined {
  if (bytes.length < 30) return undefined;
  const kind = String.fromCharCode(...bytes.subarray(12, 16));
  if (kind === 'VP8 ') {
    // A key frame (RFC 6386, 9.1) begins with three bytes of its own and the start code.
    if (bytes[20]! & 1 || bytes[23] !== 0x9d || bytes[24] !== 1 || bytes[25] !== 0x2a) return undefined;
    return { width: u16le(bytes, 26) & 0x3fff, height: u16le(bytes, 28) & 0x3fff, components: 3 };
  }
  if (kind === 'VP8X') return { width: u24le(bytes, 24) + 1, height: u24le(bytes, 27) + 1, components: 3 };
  if (kind !== 'VP8L' || bytes[20] !== 0x2f) return undefined;
  const packed = u24le(bytes, 21) + bytes[24]! * 2 ** 24;
  return { width: (packed & 0x3fff) + 1, height: (Math.floor(packed / 2 ** 14) & 0x3fff) + 1, components: 3 };
}

/**
 * Width and height of a JPEG, PNG or WebP, or undefined when its header is not whole or not where the decoder
 * reads it: then, and of other formats, only the decoder knows them. Never other bytes than the decoder's.
 * Cost: microseconds; nothing is decoded.
 */
export function readImageHeader(bytes: Uint8Array, format: SniffedFormat): ImageHeader | undefined {
  if (format === 'jpeg') return jpegHeader(bytes);
  if (format === 'webp') return webpHeader(bytes);
  return format === 'png' ? pngHeader(bytes) : undefined;
}

/**
 * True when a PNG ends before its IEND chunk (ISO/IEC 15948, 5.3): libpng says "read error" for damage and
 * for a cut alike.
 */
function pngIsCut(bytes: Uint8Array): boolean {
  let at = 8;
  while (at + 12 <= bytes.length) {
    if (u32(bytes, at + 4) === 0x49454e44) return false;
    at += 12 + u32(bytes, at);
  }
  return true;
}

/**
 * True when a container states more bytes than there are, or lacks its end. Only for PNG and WebP; JPEG and
 * GIF show it when decoded.
 */
export function isCutShort(bytes: Uint8Array, format: SniffedFormat): boolean {
  if (format === 'png') return pngIsCut(bytes);
  if (format === 'webp') return bytes.length < 8 + u16le(bytes, 4) + u16le(bytes, 6) * 65536;
  return false;
}
