import { brightnessDiffersBy, codeOf, digestOf, type Pair, type Rules, visiblyDiffersBy } from './rule.ts';

/** Whether a GIF has something other than extensions and zeros between its screen and its first frame. */
function hasUnknownBlock(bytes: Uint8Array): boolean {
  if (Buffer.from(bytes.subarray(0, 3)).toString('latin1') !== 'GIF') return false;
  const packed = bytes[10] ?? 0;
  let at = 13 + (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0);
  while (bytes[at] === 0x21 || bytes[at] === 0) {
    if (bytes[at] === 0x21) for (at += 2; bytes[at] !== undefined && bytes[at] !== 0; ) at += 1 + bytes[at]!;
    at += 1;
  }
  return at < bytes.length && bytes[at] !== 0x2c;
}

const isDecode = (pair: Pair) => codeOf(pair) === 'E_IMG_DECODE';

/** Differences of GIFs. */
export const GIF_RULES: Rules = {
  refused: [
    {
      name: 'GIF: an unknown block before its first frame',
      holds: (pair) => isDecode(pair) && hasUnknownBlock(pair.bytes),
    },
  ],
  opened: [],
  otherPixels: [
    {
      name: 'GIF: a table of its own that is the grey ramp, where Pillow takes the global one',
      holds: (pair) => pair.pillow.grey !== undefined && pair.pillow.grey === digestOf(pair),
    },
  ],
};

/** Numbers of TIFF 6.0 and of libtiff. */
const [SEPARATED, YCBCR, LAB] = [5, 6, 8];
const [OLD_JPEG, JPEG, LZMA, WEBP] = [6, 7, 34_925, 50_001];
const PLANES = 2;
/**
 * Samples that Pillow rounds before it divides them are wrong by one each, times what the bicubic filter
 * adds.
 */
const ROUNDING = 3;
const DEPTHS = [1, 2, 4, 8, 16];
/** CCITT, RLE to T.6. */
const FAX = [2, 3, 4];

/** Whether a TIFF, by what Pillow read of its tags, is of a kind that docs/images.md names as not opened. */
function isUnopened({ pillow: { tiff } }: Pair): boolean {
  if (tiff === undefined) return false;
  const deepest = Math.max(...tiff.bits);
  return (
    tiff.sampleFormats.some((format) => format !== 1) ||
    tiff.bits.some((depth) => !DEPTHS.includes(depth)) ||
    tiff.photometric === LAB ||
    (tiff.photometric === SEPARATED && (deepest === 16 || tiff.bits.length > 4)) ||
    [OLD_JPEG, LZMA].includes(tiff.compression) ||
    (tiff.planes === PLANES && tiff.isTiled)
  );
}

/** YCbCr that is stored pixel by pixel, and not as JPEG. */
const isPlainYcbcr = ({ pillow: { tiff } }: Pair) =>
  tiff?.photometric === YCBCR && tiff.compression !== JPEG && tiff.subsampling.every((times) => times === 1);

/** Differences of TIFFs. */
export const TIFF_RULES: Rules = {
  refused: [
    {
      name: 'TIFF: a kind that is not opened (32 bits, floating point, LAB, tiles of planes and others)',
      holds: (pair) => isDecode(pair) && isUnopened(pair),
    },
    {
      name: 'TIFF: damaged fax data, which Pillow passes over',
      holds: (pair) =>
        isDecode(pair) && FAX.includes(pair.pillow.tiff?.compression ?? 0) && pair.pillow.complained === true,
    },
    {
      name: 'TIFF: YCbCr that is stored pixel by pixel and not as JPEG',
      holds: (pair) => isDecode(pair) && isPlainYcbcr(pair),
    },
  ],
  opened: [
    {
      name: 'TIFF: a compression that this Pillow does not have (WebP)',
      holds: ({ pillow: { tiff, refused } }) =>
        tiff?.compression === WEBP && /decoder error/.test(refused ?? ''),
    },
    {
      name: 'TIFF: YCbCr of fewer colours than pixels, not compressed, which Pillow does not read',
      holds: ({ pillow: { tiff } }) =>
        tiff?.photometric === YCBCR && tiff.compression === 1 && tiff.subsampling.some((times) => times > 1),
    },
  ],
  otherPixels: [
    {
      name: 'TIFF: colours that are stored multiplied with their alpha are divided by it exactly',
      holds: (pair) => (visiblyDiffersBy(pair) ?? Number.POSITIVE_INFINITY) <= ROUNDING,
    },
    {
      name: 'TIFF: YCbCr is converted with the coefficients of the file',
      holds: (pair) =>
        pair.pillow.tiff?.photometric === YCBCR &&
        (brightnessDiffersBy(pair) ?? Number.POSITIVE_INFINITY) <= 1,
    },
  ],
};

/** Differences of AVIFs. */
export const AVIF_RULES: Rules = {
  refused: [],
  opened: [],
  otherPixels: [
    {
      name: 'AVIF: it says how it is to be turned, which Pillow leaves to others',
      holds: ({ bytes, pillow }) =>
        pillow.format === 'AVIF' && ['irot', 'imir'].some((box) => Buffer.from(bytes).includes(box)),
    },
    {
      name: 'AVIF: colours are made from fewer by another library; brightness is the same',
      holds: (pair) =>
        pair.pillow.format === 'AVIF' && (brightnessDiffersBy(pair) ?? Number.POSITIVE_INFINITY) <= 1,
    },
  ],
};
