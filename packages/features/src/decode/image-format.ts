/**
 * Formats are told from an image's first bytes. A new format is added here and as a decoder beside this file;
 * its globs, and whether it is read by default, are in core's options.ts.
 */
import type { ExtraFormat } from '@verger/core';

/** A format that there is a decoder for: always opened, or only when it is asked for. */
export type OpenedFormat = 'jpeg' | 'png' | 'webp' | 'gif' | ExtraFormat;

/**
 * What the first bytes say: a format with a decoder, one that is refused on purpose, the beginning of a known
 * one, or none.
 */
export type SniffedFormat = OpenedFormat | 'denied' | 'cut' | 'unknown';

const ascii = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));
/** `null` matches any byte. */
type Magic = readonly (number | null)[];

const READ: readonly { format: 'jpeg' | 'png' | 'webp' | 'gif'; magic: Magic }[] = [
  { format: 'jpeg', magic: [0xff, 0xd8, 0xff] },
  { format: 'png', magic: [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a] },
  { format: 'gif', magic: ascii('GIF87a') },
  { format: 'gif', magic: ascii('GIF89a') },
  { format: 'webp', magic: [...ascii('RIFF'), null, null, null, null, ...ascii('WEBP')] },
];

/** TIFF and BigTIFF of both byte orders, and the camera formats made from it. */
const TIFF: readonly Magic[] = [
  [...ascii('II*'), 0],
  [...ascii('MM'), 0, 0x2a],
  [...ascii('II+'), 0],
  [...ascii('MM'), 0, 0x2b],
];

const DENIED: readonly Magic[] = [
  ascii('BM'), // BMP
  ascii('%PDF'),
  ascii('%!PS'), // PostScript, EPS
  [0, 0, 1, 0], // ICO
  [0, 0, 2, 0], // CUR
  [0, 0, 0, 0x0c, ...ascii('jP'), null, null, 0x0d, 0x0a, 0x87, 0x0a], // JPEG 2000, boxed
  [0xff, 0x4f, 0xff, 0x51], // JPEG 2000, bare
  [0, 0, 0, 0x0c, ...ascii('JXL ')],
  [0xff, 0x0a], // JPEG XL, bare
  ascii('8BPS'), // Photoshop
  [0x76, 0x2f, 0x31, 0x01], // OpenEXR
  ascii('#?RADIANCE'),
  ascii('#?RGBE'),
  ascii('DDS '),
  ascii('SIMPLE  ='), // FITS
  ascii('qoif'),
  [0xd7, 0xcd, 0xc6, 0x9a], // WMF
  ascii('gimp xcf'),
];

/** ISO base media brands (ISO/IEC 14496-12 `ftyp`) of still images: HEIF and AVIF. */
const IMAGE_BRANDS = ['avif', 'avis', 'heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1', 'miaf'];

const begins = (bytes: Uint8Array, magic: Magic) =>
  bytes.length >= magic.length && magic.every((byte, index) => byte === null || bytes[index] === byte);
const isBeginningOf = (bytes: Uint8Array, magic: Magic) =>
  bytes.length >= 2 && bytes.length < magic.length && begins(bytes, magic.slice(0, bytes.length));

const text = (bytes: Uint8Array, from: number, to: number) =>
  Buffer.from(bytes.subarray(from, to)).toString('latin1');

/** The brands of a file that begins with `ftyp`: as text, the first 64 bytes. */
const brandsOf = (bytes: Uint8Array) => (text(bytes, 4, 8) === 'ftyp' ? text(bytes, 8, 64) : '');
const hasBrand = (bytes: Uint8Array, brands: readonly string[]) =>
  brands.some((brand) => brandsOf(bytes).includes(brand));

/**
 * SVG is text: its root element among the first 4 KiB, after a mark, comments or a document type. UTF-16 is
 * seen without its zeros.
 */
function isSvg(bytes: Uint8Array): boolean {
  const start = text(bytes, 0, 4096)
    .replaceAll('\0', '')
    .replace(/^(\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)/, '');
  return /^\s*</.test(start) && /<(?:[A-Za-z_][\w.-]*:)?svg[\s>]/i.test(start);
}

/** Portable any-map: `P1` to `P7` and white space. */
const isPortableMap = (bytes: Uint8Array) => /^P[1-7][\s#]/.test(text(bytes, 0, 3));

/** The format by the magic bytes alone; a file's name does not matter. Cost: microseconds. */
export function sniffFormat(bytes: Uint8Array): SniffedFormat {
  const read = READ.find(({ magic }) => begins(bytes, magic));
  if (read !== undefined) return read.format;
  if (TIFF.some((magic) => begins(bytes, magic))) return 'tiff';
  if (hasBrand(bytes, ['avif', 'avis'])) return 'avif';
  if (DENIED.some((magic) => begins(bytes, magic))) return 'denied';
  if (hasBrand(bytes, IMAGE_BRANDS) || isPortableMap(bytes) || isSvg(bytes)) return 'denied';
  return READ.some(({ magic }) => isBeginningOf(bytes, magic)) ? 'cut' : 'unknown';
}
