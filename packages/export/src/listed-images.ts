import { type ErrorPlace, type ImageRef, VergerError } from '@verger/core';

/** The listed image of each row of a partition's file, both in listing order. Errors: E_PART_CORRUPT for a row that is not listed. */
export function listedImages(
  paths: readonly string[],
  listing: readonly ImageRef[],
  place: ErrorPlace,
): ImageRef[] {
  let next = 0;
  return paths.map((path) => {
    // An escaped name of a refused image may be the path of a good one.
    while (listing[next] !== undefined && !isListed(listing[next], path)) next += 1;
    const image = listing[next];
    next += 1;
    if (image !== undefined) return image;
    const detail = 'It is not in the listing of its partition.';
    throw new VergerError('E_PART_CORRUPT', { path, ...place }, { detail });
  });
}

const isListed = (image: ImageRef | undefined, path: string) =>
  image?.path === path && image.refused === undefined;
