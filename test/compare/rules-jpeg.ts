import { DEFAULT_MAX_PIXELS } from '@verger/core';
import { codeOf, digestOf, type Pair, type Rules } from './rule.ts';

/**
 * A marker of a JPEG and its segment (ITU T.81, B.1): where its length is, and its end, which may be beyond
 * the bytes.
 */
interface Segment {
  readonly marker: number;
  readonly from: number;
  readonly end: number;
}

const SOS = 0xda;
const EOI = 0xd9;
const TEM = 0x01;

/**
 * The segments up to the end of the image, those between scans as well. What is neither, data and fill bytes,
 * is passed over.
 */
function* segmentsOf(file: Buffer): Generator<Segment> {
  let at = 2;
  while (at < file.length) {
    if (file[at] !== 0xff) at = file.indexOf(0xff, at);
    if (at < 0) return;
    while (file[at] === 0xff) at += 1;
    const marker = file[at] ?? EOI;
    at += 1;
    if (marker === EOI) return;
    if (marker === 0 || (marker >= 0xd0 && marker <= 0xd8)) continue;
    if (marker === TEM) yield { marker, from: at, end: at };
    else {
      const end = at + 2 <= file.length ? at + file.readUInt16BE(at) : file.length + 1;
      yield { marker, from: at, end };
      at = Math.max(end, at + 2);
    }
  }
}

const bufferOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const isFrame = ({ marker }: Segment) =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const isApplication = ({ marker }: Segment) => marker >= 0xe0 && marker <= 0xef;
/** Tables, DNL, DRI, applications, comments. */
const isOther = (segment: Segment) =>
  [0xc4, 0xcc, 0xdb, 0xdc, 0xdd, 0xfe].includes(segment.marker) || isApplication(segment);

interface Frame {
  readonly marker: number;
  readonly depth: number;
  readonly width: number;
  readonly height: number;
  readonly components: number;
}

function frameOf(bytes: Uint8Array): Frame | undefined {
  const file = bufferOf(bytes);
  for (const segment of segmentsOf(file)) {
    const { marker, from } = segment;
    if (!isFrame(segment) || from + 8 > file.length) continue;
    const [depth, components] = [file[from + 2]!, file[from + 7]!];
    return {
      marker,
      depth,
      height: file.readUInt16BE(from + 3),
      width: file.readUInt16BE(from + 5),
      components,
    };
  }
  return undefined;
}

/**
 * Whether in a sequential JPEG of one scan a segment that is not whole follows data: what is behind it is no
 * marker.
 */
function breaksOffAtSegment(bytes: Uint8Array): boolean {
  const file = bufferOf(bytes);
  const frame = frameOf(bytes);
  if (frame === undefined || ![0xc0, 0xc1, 0xc9].includes(frame.marker)) return false;
  let scans = 0;
  for (const segment of segmentsOf(file)) {
    const { marker, from, end } = segment;
    if (marker === SOS) {
      scans += 1;
      if (scans === 1 && file[from + 2] !== frame.components) return false;
    }
    const isWhole = end === file.length || (end < file.length && file[end] === 0xff);
    if (scans > 0 && isOther(segment) && !isWhole) return true;
  }
  return false;
}

/** Scans' data, in pixels of the image. */
function scannedPixels(bytes: Uint8Array): number {
  const frame = frameOf(bytes);
  const scans = [...segmentsOf(bufferOf(bytes))].filter(({ marker }) => marker === SOS).length;
  return frame === undefined ? 0 : scans * frame.width * frame.height;
}

/** Bytes that Pillow reads of an application's segment which begins with that name. */
const NAMES: readonly { marker: number; name: string; least: number }[] = [
  { marker: 0xe0, name: 'JFIF', least: 7 },
  { marker: 0xe2, name: 'ICC_PROFILE\0', least: 14 },
  { marker: 0xee, name: 'Adobe', least: 7 },
];

/**
 * Whether a TEM marker, or an application's segment that ends before its own fields, is before the first
 * scan.
 */
function hasOddHeader(bytes: Uint8Array): boolean {
  const file = bufferOf(bytes);
  for (const { marker, from, end } of segmentsOf(file)) {
    if (marker === SOS) return false;
    if (marker === TEM) return true;
    const data = file.subarray(from + 2, end);
    const isCut = (given: (typeof NAMES)[number]) =>
      marker === given.marker && data.length < given.least && data.toString('latin1').startsWith(given.name);
    if (NAMES.some(isCut)) return true;
  }
  return false;
}

/** As many as are decoded in WebAssembly, without a warning. */
function isSmall(bytes: Uint8Array): boolean {
  const frame = frameOf(bytes);
  if (frame === undefined || bytes.length > 2 ** 20) return false;
  const isPlain = frame.marker <= 0xc2 && frame.depth === 8 && frame.components === 3;
  return isPlain && frame.width * frame.height <= 256 * 256;
}

/**
 * Photographs stay below 25 of 255 when they are written once more with the same tables; coefficients that no
 * encoder makes do not.
 */
const DAMAGED_FROM = 40;

const isDecode = (pair: Pair) => codeOf(pair) === 'E_IMG_DECODE';
const isJpeg = ({ pillow }: Pair) => pillow.format === 'JPEG' || pillow.format === 'MPO';

/** Differences of JPEGs. */
export const JPEG_RULES: Rules = {
  refused: [
    {
      name: 'JPEG: a scan that breaks off at a segment; Pillow fills up the rest',
      holds: (pair) =>
        isDecode(pair) &&
        isJpeg(pair) &&
        pair.ours.sharp?.spotless === false &&
        breaksOffAtSegment(pair.bytes),
    },
    {
      name: 'JPEG: more than half of it is not there',
      holds: (pair) => codeOf(pair) === 'E_IMG_TRUNCATED' && isJpeg(pair) && (pair.pillow.filled ?? 0) > 0.5,
    },
    {
      name: 'JPEG: lossless',
      holds: (pair) => isDecode(pair) && isJpeg(pair) && frameOf(pair.bytes)?.marker === 0xc3,
    },
    {
      name: 'JPEG: more scans than a hundred of the largest image',
      holds: (pair) => {
        const most = 100 * Math.max(pair.limits.maxPixels ?? 0, DEFAULT_MAX_PIXELS);
        return isDecode(pair) && isJpeg(pair) && scannedPixels(pair.bytes) > most;
      },
    },
  ],
  opened: [
    {
      name: 'JPEG: a header that libjpeg reads and Pillow does not',
      holds: (pair) => {
        const { format } = pair.pillow;
        const { sharp } = pair.ours;
        const isUnknown = format === null || format === undefined;
        return (
          isUnknown && sharp?.sha256 === digestOf(pair) && sharp !== undefined && hasOddHeader(pair.bytes)
        );
      },
    },
    {
      name: 'JPEG: all pixels are there, and what Pillow refuses is behind them',
      holds: (pair) => isJpeg(pair) && pair.ours.sharp?.spotless === true,
    },
  ],
  otherPixels: [
    {
      name: 'a small damaged JPEG: only the WebAssembly decoder differs',
      holds: ({ bytes, ours, pillow }) =>
        ours.sharp?.sha256 !== undefined &&
        ours.sharp.sha256 === pillow.sha256 &&
        isSmall(bytes) &&
        (pillow.rewritten ?? 0) >= DAMAGED_FROM,
    },
  ],
};
