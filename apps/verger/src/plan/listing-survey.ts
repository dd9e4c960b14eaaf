import { type ImageErrorCode, type ImageRef, seededNumbers } from '@verger/core';

/** What a listing holds, counted while it goes by. Memory: the labels, and the sample. */
export interface Survey {
  readonly labels: ReadonlyMap<string, number>;
  readonly refused: ReadonlyMap<ImageErrorCode, number>;
  /** Mean length of path and label together, in bytes. */
  textBytes(): number;
  /** A uniform, seeded sample of what may be opened, in the order of the listing. */
  sample(): readonly ImageRef[];
  /** `archived`: it is counted, and not drawn. */
  see(image: ImageRef, of?: { readonly archived: boolean }): void;
}

/**
 * An empty survey whose sample will hold `size` images at most (reservoir sampling, Vitter's algorithm R).
 */
export function surveyListing({ size, seed }: { size: number; seed: number }): Survey {
  const labels = new Map<string, number>();
  const refused = new Map<ImageErrorCode, number>();
  const next = seededNumbers(seed);
  const kept: { image: ImageRef; at: number }[] = [];
  let seen = 0;
  let openable = 0;
  let text = 0;
  return {
    labels,
    refused,
    textBytes: () => (seen === 0 ? 0 : text / seen),
    sample: () => [...kept].sort((a, b) => a.at - b.at).map(({ image }) => image),
    see: (image, { archived } = { archived: false }) => {
      seen += 1;
      text += Buffer.byteLength(image.path) + Buffer.byteLength(image.label);
      labels.set(image.label, (labels.get(image.label) ?? 0) + 1);
      if (image.refused !== undefined) {
        refused.set(image.refused, (refused.get(image.refused) ?? 0) + 1);
        return;
      }
      if (archived) return;
      const place = openable < size ? openable : Math.floor(next() * (openable + 1));
      if (place < size) kept[place] = { image, at: openable };
      openable += 1;
    },
  };
}
