import { crease, hollow, patch, speckles, stem, stripes } from './details.ts';
import { leaves } from './leaves.ts';
import type { Freedom } from './pose.ts';
import type { Detail, Skin } from './scene.ts';
import { lathe, ribbed, spheroid } from './solid.ts';
import { ROUND, STANDING, skin, type Whole } from './whole.ts';

const upright: Freedom = { spin: ROUND, tilt: [-0.2, 0.35], roll: [-0.35, 0.35] };

const appleBody = ribbed(lathe(0.8, 0.9, 0.95, 1, 1.04, 1.02, 0.74), 5, 0.015);
const appleStem = stem({ foot: 0.66, length: 0.46, bend: 0.16, thickness: 0.07, colour: '#6b4423' });
const pearBody = lathe(0.86, 0.95, 1, 0.95, 0.8, 0.74, 0.94, 1.36, 1.5);
const pearStem = stem({ foot: 1.4, length: 0.36, bend: 0.2, thickness: 0.075, colour: '#5d4023' });
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
    reach: [[0.1, 1.12, 0]],
    freedom: STANDING,
  };
}

function pear(colours: Skin, extra: readonly Detail[]): Whole {
  return {
    solid: pearBody,
    skin: colours,
    details: [...extra, pearStem],
    reach: [[0.2, 1.74, 0]],
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

/** Apples, pears, cherries, plum and peach: fruits with a core or a stone. */
export const TREE_FRUITS: Readonly<Record<string, Whole>> = {
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
  Pear: pear(skin('#e6e88a', '#cdd24e', '#7d8a22', 0.45), [
    patch({ at: [0, 60], radius: 0.8, colour: '#e6d86a', opacity: 0.45 }),
    speckles({ count: 300, colour: '#6e5f22', radius: [0.008, 0.02], opacity: 0.55 }),
    patch({ at: [80, 0], radius: 0.4, colour: '#8a6a2c', opacity: 0.55 }),
  ]),
  'Pear Red': pear(skin('#c9483c', '#a3262c', '#4a0e14', 0.6), [
    patch({ at: [-20, 90], radius: 0.9, colour: '#c9a03c', opacity: 0.5 }),
    speckles({ count: 200, colour: '#e0b489', radius: [0.007, 0.016], opacity: 0.55 }),
  ]),
  Cherry: cherry(skin('#e0283a', '#b30f22', '#4a040c', 0.95)),
  'Cherry Black': cherry(skin('#6b1a2e', '#3d0a18', '#140207', 0.9)),
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
    reach: [[0.06, 1.19, 0]],
    freedom: { spin: ROUND, tilt: [-0.2, 0.6], roll: [-0.9, 0.9] },
  },
  Peach: {
    solid: ribbed(lathe(0.98, 0.97, 0.98, 1, 1, 0.97, 0.82), 2, 0.015),
    skin: skin('#ffd08a', '#f5a65a', '#a2542a', 0.22),
    details: [
      patch({ at: [25, 70], radius: 1.15, colour: '#cf2f3a', opacity: 0.85 }),
      patch({ at: [-20, 165], radius: 1, colour: '#dc4a3c', opacity: 0.65 }),
      patch({ at: [35, 290], radius: 0.9, colour: '#e0584a', opacity: 0.6 }),
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
    freedom: STANDING,
  },
};
