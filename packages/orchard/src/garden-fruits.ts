import { hollow, patch, seeds, speckles, stem, stripes } from './details.ts';
import { leaves } from './leaves.ts';
import type { Freedom } from './pose.ts';
import { lathe, ribbed, spheroid } from './solid.ts';
import { ROUND, STANDING, skin, type Whole } from './whole.ts';

const fromAbove: Freedom = { spin: ROUND, tilt: [0.25, 1], roll: [-0.4, 0.4] };
const lyingDown: Freedom = { spin: ROUND, tilt: [-0.35, 0.35], roll: [0, 2 * Math.PI] };

/** Citrus fruits, berries and the large ones. */
export const GARDEN_FRUITS: Readonly<Record<string, Whole>> = {
  Lemon: {
    solid: lathe(1.5, 1.3, 1.02, 0.93, 0.9, 0.88, 0.87, 0.87, 0.88, 0.9, 0.95, 1.1, 1.28),
    skin: skin('#fff58f', '#fbe02e', '#c49a10', 0.5),
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
    skin: skin('#ffb848', '#fb9016', '#b85a06', 0.5),
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
    freedom: STANDING,
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
    reach: [[0.14, 1.2, 0]],
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
    reach: [[0, 1.22, 0]],
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
    reach: [
      [0.1, 1.02, 0],
      [0.8, 0.85, 0],
      [-0.8, 0.85, 0],
    ],
    freedom: { spin: ROUND, tilt: [-0.3, 0.55], roll: [-0.6, 0.6] },
  },
};
