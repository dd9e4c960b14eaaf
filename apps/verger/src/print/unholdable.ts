import { clip, counted, formatCount, type ImageRef, printable } from '@verger/core';
import { holdable, type Unholdable } from '@verger/storage';

/** At most this many paths are kept; all are counted. */
const NAMED = 20;
const SHOWN = 3;
const SHOWN_WIDTH = 80;

/** Images whose paths are not possible at their destination: counts by reason, and the first paths. */
export interface UnholdableImages {
  readonly count: number;
  readonly reasons: Readonly<Partial<Record<Unholdable, number>>>;
  readonly examples: readonly string[];
}

/** Counts the images whose paths a place cannot hold. Cost: one read of the listing. */
export async function countUnholdable(
  images: AsyncIterable<ImageRef>,
  location: string,
): Promise<UnholdableImages> {
  const faultOf = holdable(location);
  const reasons: Partial<Record<Unholdable, number>> = {};
  const examples: string[] = [];
  let count = 0;
  for await (const { path } of images) {
    const fault = faultOf(path);
    if (fault === undefined) continue;
    count += 1;
    reasons[fault] = (reasons[fault] ?? 0) + 1;
    if (examples.length < NAMED) examples.push(path);
  }
  return { count, reasons, examples };
}

/** The images whose paths a place can hold, in order. */
export async function* holdableImages(
  images: AsyncIterable<ImageRef>,
  location: string,
): AsyncGenerator<ImageRef> {
  const faultOf = holdable(location);
  for await (const image of images) if (faultOf(image.path) === undefined) yield image;
}

const WORDS: Readonly<Record<Unholdable, string>> = {
  name: 'with a name that is too long',
  path: 'with a path that is too long',
  'below-file': 'in a folder with the name of an image',
  key: 'with a path that is not possible there',
};

/** One line on the images that a place cannot hold; none if it can hold all. */
export function unholdableLines({ count, reasons, examples }: UnholdableImages): string[] {
  if (count === 0) return [];
  const why = Object.entries(WORDS).flatMap(([reason, words]) => {
    const some = reasons[reason as Unholdable];
    return some === undefined ? [] : [`${formatCount(some)} ${words}`];
  });
  const named = examples.slice(0, SHOWN).map((path) => JSON.stringify(clip(printable(path), SHOWN_WIDTH)));
  const more = count > named.length ? ', …' : '';
  return [
    `left out    ${counted(count, 'image')} that cannot be stored there: ${why.join(', ')} ` +
      `(${named.join(', ')}${more})`,
  ];
}
