import { type ImageRef, sha256 } from '@verger/core';
import { isSampled } from './images.ts';

/**
 * What is to be chosen: a share of all images, or a number of them; of each label by itself, or of all
 * together.
 */
export interface Choice {
  readonly fraction: number | null;
  readonly count: number | null;
  readonly seed: number;
  readonly perLabel: boolean;
}

/**
 * Says of each image whether it is chosen. `read` gives the listing; it is read once or twice here. A path's
 * place is a hash of seed and path, so no other file changes the choice: a share alone takes what `--sample`
 * takes. Other choices take the images of the lowest hashes: exactly `count`, or of each label at least one.
 * Memory: 64 bytes a chosen image.
 */
export async function chooseImages(
  read: () => AsyncIterable<ImageRef>,
  choice: Choice,
): Promise<(image: ImageRef) => boolean> {
  const { fraction, count, seed, perLabel } = choice;
  const rank = (image: ImageRef) => sha256(`${seed}\n${image.path}`);
  if (fraction !== null && !perLabel) return ({ path }) => isSampled(path, fraction, seed);
  const group = (image: ImageRef) => (perLabel ? image.label : '');
  const sizes = new Map<string, number>();
  for await (const image of read()) sizes.set(group(image), (sizes.get(group(image)) ?? 0) + 1);
  const lowest = new Map<string, Lowest>();
  for (const [label, images] of sizes) {
    lowest.set(label, new Lowest(count ?? Math.max(1, Math.round(images * (fraction ?? 1)))));
  }
  for await (const image of read()) lowest.get(group(image))?.add(rank(image));
  const limits = new Map([...lowest].map(([label, ranks]) => [label, ranks.highest()]));
  return (image) => rank(image) <= (limits.get(group(image)) ?? '');
}

/** The lowest so many of all words that were added. */
class Lowest {
  private readonly size: number;
  private words: string[] = [];

  constructor(size: number) {
    this.size = size;
  }

  add(word: string): void {
    this.words.push(word);
    if (this.words.length >= 2 * this.size + 1024) this.trim();
  }

  /** The highest of the lowest. */
  highest(): string {
    this.trim();
    return this.words.at(-1) ?? '';
  }

  private trim(): void {
    this.words = this.words.sort().slice(0, this.size);
  }
}
