import { type ImageRef, isEnvironmental, isReasonOf, type Manifest, type Quarantined } from '@verger/core';
import { isSampled, type Labeler, parseLabelRule, parseListingPart, partitionSizes } from '@verger/listing';

/**
 * Takes the listing parts in order, and then says what the manifest says otherwise. Memory: the labels, and a
 * number an image.
 */
export interface ListingCheck {
  add(part: Uint8Array): void;
  /** Sentences; none when the listing is what its options make of it. */
  faults(): string[];
}

/**
 * Checks a listing as a whole, which no hash does: each image once and in order, in the sample, with the
 * label that the rule gives, cut where the options say, and the manifest's counts. A manifest and its parts
 * may agree with each other and still say none of this.
 */
export async function checkListing({ listing, extraction, partitions }: Manifest): Promise<ListingCheck> {
  const labelOf = await labelerOf(extraction.label);
  const labels = new Set<string>();
  const sizes: number[] = [];
  const odd = new Set<string>();
  let refused = 0;
  let earlier: Buffer | undefined;
  const look = (image: ImageRef) => {
    labels.add(image.label);
    sizes.push(image.bytes);
    if (image.refused !== undefined) refused += 1;
    if (labelOf !== undefined && labelOf(image.path) !== image.label) {
      odd.add('An image does not have the label that the rule gives.');
    }
    if (!isSampled(image.path, extraction.sample, extraction.seed)) odd.add('An image is not in the sample.');
    // An escaped name is where its bytes put it.
    if (image.refused === 'E_IMG_NAME') return;
    const path = Buffer.from(image.path);
    if (earlier !== undefined && Buffer.compare(earlier, path) >= 0) {
      odd.add('An image is listed twice or out of order.');
    }
    earlier = path;
  };
  return {
    add: (part) => parseListingPart(part).forEach(look),
    faults: () => {
      if (labels.size !== listing.labels)
        odd.add(`It counts ${listing.labels} labels; there are ${labels.size}.`);
      if (refused !== listing.refused)
        odd.add(`It counts ${listing.refused} refused images; there are ${refused}.`);
      if (extraction.limit !== null && sizes.length > extraction.limit)
        odd.add('It lists more images than its limit.');
      const cut = partitionSizes(sizes, extraction);
      const isCut =
        cut.length === partitions.length && cut.every((images, at) => images === partitions[at]?.images);
      if (!isCut) odd.add('Its partitions are not cut as its options say.');
      return [...odd];
    },
  };
}

/** The rule's labeler; undefined where it needs a file that the run does not keep. */
async function labelerOf(rule: string): Promise<Labeler | undefined> {
  if (rule.startsWith('csv:')) return undefined;
  return (await parseLabelRule(rule, () => Promise.reject(new Error('no label file')))).labeler;
}

/**
 * What is wrong with the quarantine of a partition in itself, as a sentence: reasons of other codes, sizes
 * that forbid the code.
 */
export function quarantineFault(
  quarantined: readonly Quarantined[],
  listing: readonly ImageRef[] | null,
): string | undefined {
  const odd = quarantined.find(
    ({ code, reason, environmental, bytes, storeCode }) =>
      !isReasonOf(code, reason) ||
      environmental !== isEnvironmental(code) ||
      (storeCode !== undefined && !environmental) ||
      (code === 'E_IMG_EMPTY' && bytes > 0),
  );
  if (odd !== undefined) return `Its quarantine says of ${JSON.stringify(odd.path)} what ${odd.code} is not.`;
  const bad = new Set(quarantined.map(({ path }) => path));
  const empty = listing?.find(
    ({ bytes, path, refused }) => bytes === 0 && refused === undefined && !bad.has(path),
  );
  return empty && `It has features of ${JSON.stringify(empty.path)}, which has no bytes.`;
}
