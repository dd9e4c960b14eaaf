import { crease, hollow, leaves, patch, seeds, speckles, stem, stripes } from './details.ts';
import type { Freedom } from './pose.ts';
import type { Detail, Skin } from './scene.ts';
import { lathe, ribbed, type Solid, spheroid, type Vec } from './solid.ts';

/** A fruit drawn whole: its body, its skin, what is on it, and how it is turned. */
export interface Whole {
  readonly solid: Solid;
  readonly skin: Skin;
  readonly details: readonly Detail[];
  /** Points beyond the body that the frame must hold (the tip of a stem), in the body's directions. */
  readonly reach?: readonly Vec[];
  readonly freedom: Freedom;
}

const ROUND = [0, 2 * Math.PI] as const;
const standing: Freedom = { spin: ROUND, tilt: [-0.15, 0.7], roll: [-0.25, 0.25] };
const fromAbove: Freedom = { spin: ROUND, tilt: [0.25, 1], roll: [-0.4, 0.4] };
const upright: Freedom = { spin: ROUND, tilt: [-0.2, 0.35], roll: [-0.35, 0.35] };
const lyingDown: Freedom = { spin: ROUND, tilt: [-0.35, 0.35], roll: [0, 2 * Math.PI] };

const skin = (lit: Skin['lit'], base: Skin['base'], dark: Skin['dark'], gloss: number): Skin => ({
  lit,
  base,
  dark,
  gloss,
});

const appleBody = ribbed(lathe(0.8, 0.9, 0.95, 1, 1.04, 1.02, 0.74), 5, 0.015);
const appleStem = stem({ foot: 0.66, length: 0.46, bend: 0.16, thickness: 0.07, colour: '#6b4423' });
const pearBody = lathe(0.9, 0.98, 1, 0.93, 0.78, 0.76, 0.98, 1.3, 1.36);
const pearStem = stem({ foot: 1.28, length: 0.38, bend: 0.2, thickness: 0.075, colour: '#5d4023' });
const cherryBody = ribbed(lathe(0.92, 0.97, 0.99, 1, 1.02, 1, 0.78), 2, 0.02);

function apple(colours: Skin, extra: readonly Detail[]): Whole {
  return {
    solid: appleBody,
    skin: colours,
    details: [
      ...extra,
      hollow({ pole: 'stem', radius: 0.5, colour: '#5a4a16', opacity: 0.75 }),
      hollow({ pole: 'flower', radius: 0.25, colour: '#3a2a14', opacity: 0.9 }),
      appleStem,
    ],
    freedom: standing,
  };
}

function pear(colours: Skin, extra: readonly Detail[]): Whole {
  return {
    solid: pearBody,
    skin: colours,
    details: [...extra, pearStem],
    reach: [[0.2, 1.62, 0]],
    freedom: upright,
  };
}

function cherry(colours: Skin): Whole {
  return {
    solid: cherryBody,
    skin: colours,
    details: [
      hollow({ pole: 'stem', radius: 0.42, colour: '#2a0508', opacity: 0.7 }),
      stem({ foot: 0.72, length: 1.25, bend: 0.55, thickness: 0.075, colour: '#7d8c32' }),
    ],
    reach: [[0.5, 1.85, 0]],
    freedom: { spin: ROUND, tilt: [-0.1, 0.5], roll: [-0.5, 0.5] },
  };
}

/** The fruits that are one body with one skin. */
export const WHOLE: Readonly<Record<string, Whole>> = {
  'Apple Red': apple(skin('#d8303a', '#b0141f', '#4d060c', 0.85), [
    patch({ at: [55, 40], radius: 0.7, colour: '#e0a33c', opacity: 0.5 }),
    stripes({
      count: 34,
      width: [1, 3],
      latitudes: [-55, 76],
      colour: '#e8b04a',
      opacity: 0.16,
      waves: 0.5,
    }),
    speckles({ count: 90, colour: '#f3d59a', radius: [0.008, 0.018], opacity: 0.7 }),
  ]),
  'Apple Green': apple(skin('#b3dc5b', '#86bd2e', '#39621a', 0.75), [
    patch({ at: [20, 120], radius: 0.8, colour: '#d8ec8c', opacity: 0.4 }),
    speckles({ count: 130, colour: '#eaf5c0', radius: [0.009, 0.02], opacity: 0.75 }),
  ]),
  'Apple Golden': apple(skin('#f7e489', '#e6c74b', '#94701c', 0.55), [
    patch({ at: [25, 60], radius: 0.85, colour: '#e88f3c', opacity: 0.45 }),
    speckles({ count: 150, colour: '#8a6a26', radius: [0.008, 0.02], opacity: 0.6 }),
  ]),
  Pear: pear(skin('#d9de6a', '#b5bd3d', '#5f681a', 0.45), [
    patch({ at: [0, 60], radius: 0.8, colour: '#e6d86a', opacity: 0.45 }),
    speckles({ count: 300, colour: '#6e5f22', radius: [0.008, 0.02], opacity: 0.55 }),
    patch({ at: [80, 0], radius: 0.4, colour: '#8a6a2c', opacity: 0.55 }),
  ]),
  'Pear Red': pear(skin('#b8453c', '#8c2429', '#3b0c12', 0.6), [
    patch({ at: [-20, 90], radius: 0.9, colour: '#c9a03c', opacity: 0.5 }),
    speckles({ count: 200, colour: '#e0b489', radius: [0.007, 0.016], opacity: 0.55 }),
  ]),
  Cherry: cherry(skin('#e0283a', '#b30f22', '#4a040c', 0.95)),
  'Cherry Black': cherry(skin('#6b1a2e', '#3d0a18', '#140207', 0.9)),
  Lemon: {
    solid: lathe(1.42, 1.2, 0.98, 0.9, 0.88, 0.9, 0.99, 1.14, 1.2),
    skin: skin('#fff07a', '#f6d51f', '#a8820a', 0.5),
    details: [
      speckles({ count: 320, colour: '#c79a10', radius: [0.012, 0.026], opacity: 0.4 }),
      patch({ at: [-88, 0], radius: 0.25, colour: '#9c8a1a', opacity: 0.5 }),
      hollow({ pole: 'stem', radius: 0.14, colour: '#5f6a1a', opacity: 0.9 }),
    ],
    freedom: lyingDown,
  },
  Lime: {
    solid: lathe(1.2, 1.02, 0.95, 0.92, 0.91, 0.92, 0.95, 1, 1.02),
    skin: skin('#8fc43e', '#5d9a22', '#234a0c', 0.65),
    details: [
      speckles({ count: 320, colour: '#35650f', radius: [0.012, 0.024], opacity: 0.45 }),
      patch({ at: [10, 200], radius: 0.7, colour: '#b9c94c', opacity: 0.45 }),
      patch({ at: [-88, 0], radius: 0.22, colour: '#c3cf6a', opacity: 0.7 }),
      hollow({ pole: 'stem', radius: 0.13, colour: '#7d6a3a', opacity: 0.95 }),
    ],
    freedom: lyingDown,
  },
  Orange: {
    solid: spheroid(1, 0.96),
    skin: skin('#ffb343', '#f68a12', '#9c4504', 0.5),
    details: [
      speckles({ count: 420, colour: '#c35f05', radius: [0.014, 0.03], opacity: 0.35 }),
      hollow({ pole: 'stem', radius: 0.3, colour: '#a85a08', opacity: 0.5 }),
      hollow({ pole: 'flower', radius: 0.2, colour: '#8a4a08', opacity: 0.6 }),
      leaves({
        count: 5,
        from: 90,
        to: [80, 82],
        width: 6,
        lift: 1.02,
        colours: ['#8fa34a', '#4d6320'],
      }),
    ],
    freedom: standing,
  },
  Tomato: {
    solid: ribbed(lathe(0.8, 0.86, 0.93, 1, 0.95, 0.88, 0.74), 6, 0.025),
    skin: skin('#f2553a', '#dc2a17', '#7c0d08', 0.95),
    details: [
      hollow({ pole: 'stem', radius: 0.42, colour: '#7c2a0a', opacity: 0.6 }),
      leaves({
        count: 6,
        from: 88,
        to: [30, 46],
        width: 7,
        lift: 1.06,
        colours: ['#5f9c35', '#2d5a18'],
      }),
      stem({ foot: 0.7, length: 0.3, bend: 0.1, thickness: 0.09, colour: '#4f8530' }),
    ],
    freedom: fromAbove,
  },
  Plum: {
    solid: spheroid(0.86, 1.04),
    skin: skin('#7d4d8c', '#4f2463', '#1c0a28', 0.45),
    details: [
      patch({ at: [20, 30], radius: 0.6, colour: '#a79ccf', opacity: 0.45 }),
      patch({ at: [-30, 170], radius: 0.7, colour: '#a79ccf', opacity: 0.4 }),
      speckles({ count: 90, colour: '#c9b0d0', radius: [0.008, 0.016], opacity: 0.5 }),
      crease(60, '#180620'),
      hollow({ pole: 'stem', radius: 0.24, colour: '#1a0a18', opacity: 0.85 }),
      stem({ foot: 0.94, length: 0.22, bend: 0.06, thickness: 0.06, colour: '#6b5128' }),
    ],
    freedom: { spin: ROUND, tilt: [-0.2, 0.6], roll: [-0.9, 0.9] },
  },
  Peach: {
    solid: ribbed(lathe(0.98, 0.97, 0.98, 1, 1, 0.97, 0.82), 2, 0.015),
    skin: skin('#ffd08a', '#f5a65a', '#a2542a', 0.22),
    details: [
      patch({ at: [20, 80], radius: 1, colour: '#d43c3c', opacity: 0.75 }),
      patch({ at: [-25, 150], radius: 0.8, colour: '#e0563c', opacity: 0.5 }),
      speckles({ count: 160, colour: '#b82f36', radius: [0.01, 0.03], opacity: 0.16 }),
      crease(20, '#8c2f22'),
      hollow({ pole: 'stem', radius: 0.36, colour: '#7c3a1a', opacity: 0.8 }),
      leaves({
        count: 2,
        from: 88,
        to: [20, 34],
        width: 16,
        lift: 1.12,
        colours: ['#6fa544', '#35661f'],
      }),
    ],
    freedom: standing,
  },
  Watermelon: {
    solid: spheroid(0.92, 1),
    skin: skin('#8fc25c', '#5f9c3c', '#1f4a1a', 0.55),
    details: [
      stripes({
        count: 11,
        width: [6, 10],
        latitudes: [-84, 84],
        colour: '#17401f',
        opacity: 0.92,
        waves: 0.45,
      }),
      stripes({
        count: 23,
        width: [0.8, 1.8],
        latitudes: [-80, 80],
        colour: '#2c5f2a',
        opacity: 0.5,
        waves: 0.8,
      }),
      hollow({ pole: 'stem', radius: 0.16, colour: '#3a3a14', opacity: 0.8 }),
      stem({ foot: 0.97, length: 0.2, bend: 0.14, thickness: 0.07, colour: '#7c8a3c' }),
    ],
    freedom: { spin: ROUND, tilt: [-0.3, 0.6], roll: [-1.2, 1.2] },
  },
  Blueberry: {
    solid: spheroid(1, 0.9),
    skin: skin('#7388bb', '#465a92', '#16203f', 0.3),
    details: [
      patch({ at: [40, 50], radius: 0.7, colour: '#a9b9dd', opacity: 0.5 }),
      patch({ at: [20, 220], radius: 0.7, colour: '#9cadd6', opacity: 0.5 }),
      patch({ at: [-30, 120], radius: 0.7, colour: '#a9b9dd', opacity: 0.4 }),
      hollow({ pole: 'stem', radius: 0.5, colour: '#0c1024', opacity: 0.95 }),
      leaves({
        count: 5,
        from: 74,
        to: [50, 55],
        width: 14,
        lift: 1.03,
        colours: ['#5a6ba0', '#1a2444'],
      }),
    ],
    freedom: { spin: ROUND, tilt: [0.45, 1.25], roll: [-0.9, 0.9] },
  },
  Mango: {
    solid: (latitude, longitude) =>
      spheroid(0.84, 1.12)(latitude, longitude) *
      (1 + 0.09 * Math.cos(latitude) * Math.sin(latitude + 0.5) * Math.sin(longitude)) *
      (1 - 0.06 * Math.cos(longitude) ** 2 * Math.cos(latitude)),
    skin: skin('#f2c84b', '#e0a02c', '#7c4a12', 0.55),
    details: [
      patch({ at: [50, 90], radius: 0.95, colour: '#d0342c', opacity: 0.8 }),
      patch({ at: [10, 150], radius: 0.7, colour: '#d8502c', opacity: 0.55 }),
      patch({ at: [-50, 250], radius: 0.8, colour: '#6f9a35', opacity: 0.75 }),
      patch({ at: [-40, 0], radius: 0.6, colour: '#8fae3c', opacity: 0.5 }),
      speckles({ count: 130, colour: '#f7e0a0', radius: [0.008, 0.018], opacity: 0.5 }),
      stem({ foot: 1.04, length: 0.14, bend: 0.02, thickness: 0.11, colour: '#5f4426' }),
    ],
    freedom: { spin: ROUND, tilt: [-0.3, 0.4], roll: [-1.1, 1.1] },
  },
  Strawberry: {
    solid: ribbed(lathe(1.28, 1.12, 0.96, 0.9, 0.9, 0.94, 0.72), 3, 0.02),
    skin: skin('#f0464a', '#d2152a', '#6b0613', 0.75),
    details: [
      seeds(),
      leaves({
        count: 9,
        from: 89,
        to: [24, 48],
        width: 9,
        lift: 1.14,
        colours: ['#6fb03c', '#2f6b1d'],
      }),
      stem({ foot: 0.7, length: 0.34, bend: 0.14, thickness: 0.07, colour: '#6fa03c' }),
    ],
    reach: [[0.1, 1, 0]],
    freedom: { spin: ROUND, tilt: [-0.3, 0.55], roll: [-0.6, 0.6] },
  },
};
