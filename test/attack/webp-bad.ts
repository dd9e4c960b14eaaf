import type { ImageErrorCode } from '@verger/core';
import { type BadKind, between, join, patched, type Random, randomBytes } from './kinds.ts';
import { photo } from './photo.ts';
import { ANIM, anmf, riffChunk, vp8x, webpChunks, webpOf } from './webp.ts';

const imageOf = async (random: Random, way: 'webp' | 'lossless-webp' | 'alpha-webp') =>
  webpChunks(await photo(random, way)).find(({ type }) => type === 'VP8 ' || type === 'VP8L')!;

const DAMAGED: Readonly<Record<string, BadKind['make']>> = {
  'no chunk': () => webpOf([]),
  'an unknown chunk alone': (random) => webpOf([riffChunk('ABCD', randomBytes(random, 60))]),
  'a lossy frame without its start code': async (random) =>
    webpOf([riffChunk('VP8 ', patched((await imageOf(random, 'webp')).data, 3, [1, 2, 3]))]),
  'a lossy frame that is no key frame': async (random) => {
    const { data } = await imageOf(random, 'webp');
    return webpOf([riffChunk('VP8 ', patched(data, 0, [data[0]! | 1]))]);
  },
  'a lossy frame of width zero': async (random) =>
    webpOf([riffChunk('VP8 ', patched((await imageOf(random, 'webp')).data, 6, [0, 0]))]),
  'a lossless frame without its signature': async (random) =>
    webpOf([riffChunk('VP8L', patched((await imageOf(random, 'lossless-webp')).data, 0, [0x2e]))]),
  'a lossless frame of another version': async (random) => {
    const { data } = await imageOf(random, 'lossless-webp');
    return webpOf([riffChunk('VP8L', patched(data, 4, [data[4]! | 0xe0]))]);
  },
  'a canvas without an image': () => webpOf([vp8x(0, 40, 40)]),
  'a canvas of another size than its image': async (random) =>
    webpOf([vp8x(0, between(random, 200, 300), 300), (await imageOf(random, 'webp')).bytes]),
  'an animation without a frame': () => webpOf([vp8x(2, 40, 40), ANIM]),
  'an animation whose frame is garbage': (random) =>
    webpOf([
      vp8x(2, 40, 40),
      ANIM,
      anmf(riffChunk('VP8L', randomBytes(random, 50)), { width: 40, height: 40 }),
    ]),
  'a frame outside its canvas': async (random) => {
    const { bytes } = await imageOf(random, 'webp');
    return webpOf([vp8x(2, 10, 10), ANIM, anmf(bytes, { x: 100, y: 100, width: 40, height: 40 })]);
  },
  'random bytes as a lossless image': (random) => {
    const head = Uint8Array.of(0x2f, 0x27, 0xc0, 0x09, 0x00);
    return webpOf([riffChunk('VP8L', join(head, new Uint8Array(200).fill(between(random, 0xf0, 0xff))))]);
  },
};

const CUT: Readonly<Record<string, BadKind['make']>> = {
  'a container that states more than there is': async (random) => {
    const bytes = await photo(random, 'webp');
    return patched(bytes, 4, [255, 255, between(random, 1, 255), 0]);
  },
  'half a lossy image': async (random) => {
    const bytes = await photo(random, 'webp');
    return bytes.subarray(0, Math.floor(bytes.length * (0.2 + random() * 0.7)));
  },
  'half a lossless image': async (random) => {
    const bytes = await photo(random, 'lossless-webp');
    return bytes.subarray(0, Math.floor(bytes.length * (0.2 + random() * 0.7)));
  },
  'only its first twelve bytes': async (random) => (await photo(random, 'webp')).subarray(0, 12),
};

const DAMAGED_OR_CUT: Readonly<Record<string, BadKind['make']>> = {
  'a container of size zero': async (random) => patched(await photo(random, 'webp'), 4, [0, 0, 0, 0]),
  'a container that states half': async (random) => {
    const bytes = await photo(random, 'lossless-webp');
    const half = Math.floor(bytes.length / 4) * 2;
    return patched(bytes, 4, [half & 255, half >> 8, 0, 0]);
  },
  'a lossy frame cut inside a container that agrees': async (random) => {
    const { data } = await imageOf(random, 'webp');
    return webpOf([riffChunk('VP8 ', data.subarray(0, Math.floor(data.length * (0.3 + random() * 0.5))))]);
  },
  'a lossless frame cut inside a container that agrees': async (random) => {
    const { data } = await imageOf(random, 'lossless-webp');
    return webpOf([riffChunk('VP8L', data.subarray(0, Math.floor(data.length * (0.3 + random() * 0.5))))]);
  },
  'a chunk longer than its container': async (random) => {
    const { data } = await imageOf(random, 'webp');
    return webpOf([riffChunk('VP8 ', data, data.length + 5000)]);
  },
};

const HUGE: Readonly<Record<string, BadKind['make']>> = {
  'a lossy header of 16,383 by 16,383': async (random) =>
    webpOf([riffChunk('VP8 ', patched((await imageOf(random, 'webp')).data, 6, [255, 63, 255, 63]))]),
  'a lossless header of 16,384 by 16,384': async (random) =>
    webpOf([
      riffChunk('VP8L', patched((await imageOf(random, 'lossless-webp')).data, 1, [255, 255, 255, 15])),
    ]),
  'a canvas of 16,777,216 by 16,777,216': async (random) =>
    webpOf([vp8x(0, 2 ** 24, 2 ** 24), (await imageOf(random, 'webp')).bytes]),
  'an animation on a canvas of 16,384 by 16,384': async (random) =>
    webpOf([
      vp8x(2, 16_384, 16_384),
      ANIM,
      anmf((await imageOf(random, 'webp')).bytes, { width: 40, height: 40 }),
    ]),
};

const table = (makes: Readonly<Record<string, BadKind['make']>>, expect: readonly ImageErrorCode[]) =>
  Object.entries(makes).map(
    ([name, make]): BadKind => ({ name: `WebP: ${name}`, format: 'webp', expect, make }),
  );

/** WebPs that are damaged, cut or too large. */
export const WEBP_BAD: readonly BadKind[] = [
  ...table(DAMAGED, ['E_IMG_DECODE']),
  ...table(CUT, ['E_IMG_TRUNCATED']),
  ...table(DAMAGED_OR_CUT, ['E_IMG_DECODE', 'E_IMG_TRUNCATED']),
  ...table(HUGE, ['E_IMG_TOO_MANY_PIXELS']),
];
