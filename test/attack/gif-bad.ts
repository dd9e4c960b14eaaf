import type { ImageErrorCode } from '@verger/core';
import { control, frame, lzw, screen, subBlocks, TRAILER } from './gif.ts';
import { type BadKind, between, join, oneOf, type Random, randomBytes } from './kinds.ts';

const W = 20;
const H = 12;
const palette = (random: Random) => randomBytes(random, 768);
const indices = (random: Random, count = W * H) => randomBytes(random, count);
const size = { width: W, height: H };

const DAMAGED: Readonly<Record<string, BadKind['make']>> = {
  'no frame': (random) => join(screen(W, H, palette(random)), TRAILER),
  'only extensions': (random) => join(screen(W, H, palette(random)), control(0), control(0), TRAILER),
  'a code size of 13 or more': (random) =>
    join(
      screen(W, H, palette(random)),
      frame(lzw(indices(random), 8), { ...size, minimum: between(random, 13, 255) }),
      TRAILER,
    ),
  'codes that are in no table': (random) =>
    join(screen(W, H, palette(random)), frame(new Uint8Array(300).fill(0xfe), size), TRAILER),
  'an unknown block': (random) =>
    join(screen(W, H, palette(random)), Uint8Array.of(between(random, 0x80, 0xff)), randomBytes(random, 100)),
  'no screen': () => join('GIF89a', new Uint8Array(7), TRAILER),
};

const CUT: Readonly<Record<string, BadKind['make']>> = {
  'pixels that end early': (random) =>
    join(
      screen(W, H, palette(random)),
      frame(lzw(indices(random, between(random, 1, W * H - W)), 8), size),
      TRAILER,
    ),
  'nothing behind the screen': (random) => screen(W, H, palette(random)),
  'a frame without pixels': (random) =>
    join(screen(W, H, palette(random)), frame(new Uint8Array(0), size), TRAILER),
  'a frame without width or height': (random) =>
    join(
      screen(W, H, palette(random)),
      frame(
        lzw(indices(random), 8),
        oneOf(random, [
          { width: 0, height: 0 },
          { ...size, width: 0 },
          { ...size, height: 0 },
        ]),
      ),
      TRAILER,
    ),
  'a palette that is cut': (random) => screen(W, H, palette(random)).subarray(0, between(random, 14, 700)),
  'an extension that never ends': (random) =>
    join(screen(W, H, palette(random)), '!\xfe', subBlocks(randomBytes(random, 5000)).subarray(0, -1)),
};

const HUGE: Readonly<Record<string, BadKind['make']>> = {
  'a screen of 65,535 by 65,535': (random) =>
    join(screen(65_535, 65_535, palette(random)), frame(lzw(indices(random), 8), size), TRAILER),
  'a frame of 65,535 by 65,535 on a small screen': (random) =>
    join(
      screen(W, H, palette(random)),
      frame(lzw(indices(random), 8), { width: 65_535, height: 65_535 }),
      TRAILER,
    ),
};

const table = (makes: Readonly<Record<string, BadKind['make']>>, expect: readonly ImageErrorCode[]) =>
  Object.entries(makes).map(
    ([name, make]): BadKind => ({ name: `GIF: ${name}`, format: 'gif', expect, make }),
  );

/** GIFs that are damaged, cut or too large. libnsgif does not always tell damage from a cut. */
export const GIF_BAD: readonly BadKind[] = [
  ...table(DAMAGED, ['E_IMG_DECODE', 'E_IMG_TRUNCATED']),
  ...table(CUT, ['E_IMG_TRUNCATED']),
  ...table(HUGE, ['E_IMG_TOO_MANY_PIXELS']),
];
