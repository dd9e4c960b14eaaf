import sharp from 'sharp';
import { banana } from './banana.ts';
import { grapes, raspberry } from './bunched.ts';
import { avocado, kiwi } from './cut.ts';
import { GARDEN_FRUITS } from './garden-fruits.ts';
import { pineapple } from './pineapple.ts';
import { poseOf } from './pose.ts';
import { type Drawn, drawBody } from './scene.ts';
import { TREE_FRUITS } from './tree-fruits.ts';
import type { Whole } from './whole.ts';

/** One image of the orchard: its path (`Pear/pear_01.jpg`) and its JPEG bytes. */
export interface OrchardImage {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const WHOLE: Readonly<Record<string, Whole>> = { ...TREE_FRUITS, ...GARDEN_FRUITS };

const DRAWN: Readonly<Record<string, Drawn>> = {
  Banana: banana,
  'Grape Blue': grapes({ lit: '#7a6fb0', base: '#3c2f6b', dark: '#140c2c', gloss: 0.6 }),
  'Grape White': grapes({ lit: '#e3eb9c', base: '#b3c452', dark: '#5f7320', gloss: 0.7 }),
  Kiwi: kiwi,
  Raspberry: raspberry,
  Pineapple: pineapple,
  Avocado: avocado,
};

/** The kinds of fruit, in the order in which they are drawn: also their labels. */
export const ORCHARD_KINDS: readonly string[] = [
  'Apple Red',
  'Banana',
  'Lemon',
  'Grape Blue',
  'Pear',
  'Strawberry',
  'Kiwi',
  'Orange',
  'Apple Green',
  'Cherry',
  'Pineapple',
  'Plum',
  'Avocado',
  'Tomato',
  'Blueberry',
  'Watermelon',
  'Peach',
  'Lime',
  'Raspberry',
  'Mango',
  'Grape White',
  'Apple Golden',
  'Cherry Black',
  'Pear Red',
];

/** Images in the making at once: enough for the threads of libvips, few enough for memory. */
const AHEAD = 4;

/** The SVG of one view. About 2 ms. Errors: RangeError for a kind that is not in ORCHARD_KINDS. */
export function viewSvg(seed: number, kind: string, view: { index: number; views: number }): string {
  const whole = WHOLE[kind];
  const drawn = DRAWN[kind];
  const fruit = whole ?? drawn;
  if (fruit === undefined) throw new RangeError(`no such kind of fruit: ${kind}`);
  const pose = poseOf(fruit.freedom, { seed, kind, ...view });
  if (whole !== undefined) return drawBody(pose, whole);
  return drawn?.draw(pose) ?? '';
}

/** One view as JPEG bytes. About 8 ms of CPU. */
export async function drawView(
  seed: number,
  kind: string,
  view: { index: number; views: number },
): Promise<Uint8Array> {
  const jpeg = await sharp(Buffer.from(viewSvg(seed, kind, view)))
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .jpeg({ quality: 90, chromaSubsampling: '4:4:4' })
    .toBuffer();
  return new Uint8Array(jpeg);
}

/** `Pear Red` and view 0 of 20: `Pear Red/pear_red_01.jpg`. */
function viewPath(kind: string, index: number, views: number): string {
  const digits = Math.max(2, String(views).length);
  const slug = kind.toLowerCase().replaceAll(' ', '_');
  return `${kind}/${slug}_${String(index + 1).padStart(digits, '0')}.jpg`;
}

/**
 * Draws the orchard, kind after kind: `kinds` (24) × `views` (20) JPEG images of 100×100 pixels on white.
 * The same seed gives the same bytes on the same machine. About 8 ms of CPU an image; four are in the making
 * at once. Draw before anything decodes: `decodeImage` of @verger/features blocks sharp's SVG loader for the
 * rest of the process. Errors: RangeError for views below 1 or kinds outside 1 to 24.
 */
export async function* drawOrchard(options: {
  seed: number;
  views?: number;
  kinds?: number;
}): AsyncGenerator<OrchardImage> {
  const { seed, views = 20, kinds = ORCHARD_KINDS.length } = options;
  if (!Number.isInteger(views) || views < 1) throw new RangeError(`views: ${views}`);
  if (!Number.isInteger(kinds) || kinds < 1 || kinds > ORCHARD_KINDS.length) {
    throw new RangeError(`kinds: ${kinds}`);
  }
  const waiting: Promise<OrchardImage>[] = [];
  for (const kind of ORCHARD_KINDS.slice(0, kinds)) {
    for (let index = 0; index < views; index++) {
      const path = viewPath(kind, index, views);
      const image = drawView(seed, kind, { index, views }).then((bytes) => ({ path, bytes }));
      // Awaited in order below; without this a failure that comes early would count as unhandled.
      image.catch(() => undefined);
      waiting.push(image);
      if (waiting.length >= AHEAD) yield (await waiting.shift()) as OrchardImage;
    }
  }
  for (const image of waiting) yield await image;
}
