import {
  type FilePlace,
  fileError,
  type ImageRef,
  type Manifest,
  RUN_FILES,
  readAhead,
  runLayout,
  type Storage,
  type Success,
  VergerError,
  withPlace,
} from '@verger/core';
import { readListing, readSuccess, requireCommit, requireFile, sha256Async } from '@verger/run';
import { decodeFeatures, decodeProjection, type StoredFeatures, type StoredProjection } from '@verger/tables';

/** Which lists of a run's rows are wanted. */
export type ExportWhat = 'features' | 'projection' | 'both';

/** A finished run that is read, part by part. */
export interface ExportSource {
  readonly manifest: Manifest;
  readonly store: Storage;
  readonly success: Success;
}

/** Rows of one partition, each file whole and checked. */
export interface ExportPart {
  readonly partition: number;
  readonly paths: readonly string[];
  readonly labels: readonly string[];
  readonly features?: StoredFeatures;
  readonly projection?: StoredProjection;
  /** The image of each row, where they are wanted. */
  readonly images?: readonly ImageRef[];
}

/**
 * A finished run. Errors: E_RUN_NO_MODEL while it is not finished; E_RUN_NO_ROWS when no image gave features.
 */
export async function openExport(store: Storage, manifest: Manifest): Promise<ExportSource> {
  const success = await readSuccess(store);
  const location = store.describe();
  if (success === undefined) throw new VergerError('E_RUN_NO_MODEL', { location });
  if (success.extracted === 0) throw new VergerError('E_RUN_NO_ROWS', { location });
  return { manifest, store, success };
}

/**
 * Every partition in order. A file is read once, and must be the one in `_SUCCESS`, of the rows of its
 * commit, and its projection of the run's model. Memory: three partitions. Errors: E_PART_CORRUPT,
 * E_RUN_CORRUPT.
 */
export function readParts(
  source: ExportSource,
  wanted: { readonly what: ExportWhat; readonly images: boolean },
): AsyncGenerator<ExportPart> {
  return readAhead([...source.manifest.partitions.keys()], 2, (partition) =>
    readPart(source, { partition, ...wanted }),
  );
}

async function readPart(
  source: ExportSource,
  { partition, what, images }: { partition: number; what: ExportWhat; images: boolean },
): Promise<ExportPart> {
  const { store, manifest, success } = source;
  const { extracted, rowsDigest } = await requireCommit(source, partition);
  const layout = runLayout(manifest.partDigits);
  /** Rows of a file, after its hash was compared with the one in `_SUCCESS`. */
  const read = async <T extends { readonly paths: readonly string[] }>(
    file: string,
    decode: (bytes: Uint8Array) => Promise<T>,
  ): Promise<T> =>
    await withPlace({ store, file, partition }, async () => {
      const bytes = await requireFile(store, file);
      if ((await sha256Async(bytes)) !== success.files[file]?.sha256)
        throw corrupt('Its sha256 does not match _SUCCESS.');
      const rows = await decode(bytes);
      if (rows.paths.length !== extracted) throw corrupt('Its rows do not match its commit.');
      return rows;
    });
  const model = success.files[RUN_FILES.model]?.sha256 ?? '';
  const features =
    what === 'projection'
      ? undefined
      : await read(layout.features(partition), (bytes) => decodeFeatures(bytes, rowsDigest));
  const projection =
    what === 'features'
      ? undefined
      : await read(layout.projection(partition), (bytes) => decodeProjection(bytes, model));
  const rows = projection ?? features;
  if (rows === undefined) throw new Error('nothing is wanted of a partition');
  const { paths, labels } = rows;
  if (features !== undefined && !features.paths.every((path, row) => path === paths[row])) {
    const file = { store, file: layout.projection(partition), partition };
    throw fileError('E_PART_CORRUPT', file, 'Its rows do not match the features.');
  }
  return {
    ...{ partition, paths, labels },
    ...(features === undefined ? {} : { features }),
    ...(projection === undefined ? {} : { projection }),
    ...(images ? { images: await imagesOf(source, { partition, paths }) } : {}),
  };
}

const corrupt = (detail: string) => new VergerError('E_PART_CORRUPT', {}, { detail });

async function imagesOf(
  source: ExportSource,
  { partition, paths }: { partition: number; paths: readonly string[] },
): Promise<ImageRef[]> {
  const file = runLayout(source.manifest.partDigits).listing(partition);
  const listing = await readListing(source, partition);
  return listedImages(paths, listing, { store: source.store, file, partition });
}

/** The listed image of each row of a partition's file, both in listing order. Errors: E_PART_CORRUPT for a row that is not listed. */
export function listedImages(
  paths: readonly string[],
  listing: readonly ImageRef[],
  file: FilePlace,
): ImageRef[] {
  let next = 0;
  return paths.map((path) => {
    // An escaped name of a refused image may be the path of a good one.
    while (listing[next] !== undefined && !isListed(listing[next], path)) next += 1;
    const image = listing[next];
    next += 1;
    if (image !== undefined) return image;
    throw fileError('E_PART_CORRUPT', { path, ...file }, 'It is not in the listing of its partition.');
  });
}

const isListed = (image: ImageRef | undefined, path: string) =>
  image?.path === path && image.refused === undefined;
