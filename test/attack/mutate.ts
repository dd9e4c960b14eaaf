import { crc32 } from 'node:zlib';
import { between, join, oneOf, type Random, randomBytes } from './kinds.ts';

/** One change. May give bytes of another length. */
type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const place = (bytes: Uint8Array, random: Random) => between(random, 0, Math.max(0, bytes.length - 1));
/** Numbers at which formats break: none, one, the largest of 7, 8, 15, 16, 31 and 32 bits. */
const EXTREMES: readonly (readonly number[])[] = [
  [0],
  [1],
  [0x7f],
  [0x80],
  [0xff],
  [0, 0],
  [0xff, 0xff],
  [0x7f, 0xff],
  [0x80, 0],
  [0, 0, 0, 0],
  [0x7f, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
];
/** Markers and names that mean something to a decoder. */
const WORDS: readonly string[] = [
  ...[
    '\xff\xd8',
    '\xff\xd9',
    '\xff\xda',
    '\xff\xc0',
    '\xff\xc2',
    '\xff\xc4',
    '\xff\xdb',
    '\xff\xdd',
    '\xff\xd0',
  ],
  ...['IHDR', 'IDAT', 'IEND', 'PLTE', 'tRNS', 'acTL', 'fdAT', 'iCCP', 'zTXt'],
  ...['!\xf9\x04', ',', ';', 'GIF87a', 'VP8 ', 'VP8L', 'VP8X', 'ANMF', 'ANIM', 'ALPH', 'EXIF'],
];

function overwritten(bytes: Uint8Array, at: number, values: ArrayLike<number>): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy.set(Array.from(values).slice(0, Math.max(0, bytes.length - at)), at);
  return copy;
}

const MUTATIONS: readonly Mutation[] = [
  // Bits flipped anywhere.
  (bytes, random) => {
    const copy = new Uint8Array(bytes);
    for (let count = between(random, 1, 16); count > 0 && copy.length > 0; count -= 1)
      copy[place(copy, random)]! ^= 1 << between(random, 0, 7);
    return copy;
  },
  // A number of the header at an extreme.
  (bytes, random) =>
    overwritten(bytes, between(random, 0, Math.min(64, bytes.length)), oneOf(random, EXTREMES)),
  // The same anywhere.
  (bytes, random) => overwritten(bytes, place(bytes, random), oneOf(random, EXTREMES)),
  (bytes, random) => overwritten(bytes, place(bytes, random), Buffer.from(oneOf(random, WORDS), 'latin1')),
  (bytes, random) => overwritten(bytes, place(bytes, random), randomBytes(random, between(random, 1, 64))),
  // Cut.
  (bytes, random) => bytes.slice(0, place(bytes, random)),
  // A part left out, a part twice, something put in.
  (bytes, random) => {
    const at = place(bytes, random);
    return join(bytes.subarray(0, at), bytes.subarray(at + between(random, 1, 200)));
  },
  (bytes, random) => {
    const at = place(bytes, random);
    const part = bytes.subarray(at, at + between(random, 1, 400));
    return join(
      bytes.subarray(0, at),
      ...Array.from({ length: between(random, 2, 9) }, () => part),
      bytes.subarray(at),
    );
  },
  (bytes, random) => {
    const at = place(bytes, random);
    return join(bytes.subarray(0, at), randomBytes(random, between(random, 1, 64)), bytes.subarray(at));
  },
  // The head of one, the tail of another.
  (bytes, random, other) =>
    join(bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))),
];

/**
 * The CRCs of a PNG put right as far as its chunks can be followed, so that what was changed reaches the
 * decoder.
 */
export function withRightCrcs(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  for (let at = 8; at + 12 <= copy.length; ) {
    const end = at + 8 + copy.readUInt32BE(at);
    if (end + 4 > copy.length) break;
    copy.writeUInt32BE(crc32(copy.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return new Uint8Array(copy);
}

/** A seeded mutant of one image: one to four changes; half of the PNGs keep right CRCs. */
export function mutate(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let mutant = bytes;
  for (let count = between(random, 1, 4); count > 0; count -= 1)
    mutant = oneOf(random, MUTATIONS)(mutant, random, other);
  return mutant[0] === 0x89 && random() < 0.5 ? withRightCrcs(mutant) : mutant;
}
