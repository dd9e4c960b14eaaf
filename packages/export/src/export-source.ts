import {
  type Commit,
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
import { parseListingPart } from '@verger/listing';
import { readCommit, readSuccess, requireFile, sha256Async } from '@verger/run';
import { decodeFeatures, decodeProjection, type StoredFeatures, type StoredProjection } from '@verger/tables';
import { listedImages } from './listed-images.ts';

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
  const { store, manifest } = source;
  const commit = await readCommit({ store, manifest }, partition);
  const layout = runLayout(manifest.partDigits);
  if (commit === undefined) {
    const location = `${store.describe()}/${layout.commit(partition)}`;
    throw new VergerError('E_RUN_CORRUPT', { partition, location }, { detail: 'It is missing.' });
  }
  const features = what === 'projection' ? undefined : await featuresOf(source, commit);
  const projection = what === 'features' ? undefined : await projectionOf(source, commit);
  const rows = projection ?? features;
  if (rows === undefined) throw new Error('nothing is wanted of a partition');
  const { paths, labels } = rows;
  if (features !== undefined && !features.paths.every((path, row) => path === paths[row])) {
    const location = `${store.describe()}/${layout.projection(partition)}`;
    throw new VergerError(
      'E_PART_CORRUPT',
      { partition, location },
      { detail: 'Its rows do not match the features.' },
    );
  }
  return {
    ...{ partition, paths, labels },
    ...(features === undefined ? {} : { features }),
    ...(projection === undefined ? {} : { projection }),
    ...(images ? { images: await imagesOf(source, { partition, paths }) } : {}),
  };
}

async function featuresOf(source: ExportSource, commit: Commit): Promise<StoredFeatures> {
  const file = runLayout(source.manifest.partDigits).features(commit.partition);
  return await decoded(source, { file, commit }, async (bytes) => {
    const stored = await decodeFeatures(bytes);
    if (stored.metadata.rowsDigest === commit.rowsDigest) return stored;
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'Its features do not match its commit.' });
  });
}

async function projectionOf(source: ExportSource, commit: Commit): Promise<StoredProjection> {
  const file = runLayout(source.manifest.partDigits).projection(commit.partition);
  return await decoded(source, { file, commit }, async (bytes) => {
    const stored = await decodeProjection(bytes);
    if (stored.modelSha256 === source.success.files[RUN_FILES.model]?.sha256) return stored;
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'Its projection comes from another PCA model.' });
  });
}

/** The rows of a file of a partition, after its hash was compared with the one in `_SUCCESS`. */
async function decoded<T extends { readonly paths: readonly string[] }>(
  { store, success }: ExportSource,
  { file, commit }: { file: string; commit: Commit },
  decode: (bytes: Uint8Array) => Promise<T>,
): Promise<T> {
  const corrupt = (detail: string) => new VergerError('E_PART_CORRUPT', {}, { detail });
  try {
    const bytes = await requireFile(store, file);
    if ((await sha256Async(bytes)) !== success.files[file]?.sha256)
      throw corrupt('Its sha256 does not match _SUCCESS.');
    const rows = await decode(bytes);
    if (rows.paths.length !== commit.extracted) throw corrupt('Its rows do not match its commit.');
    return rows;
  } catch (error) {
    throw withPlace(error, commit.partition, `${store.describe()}/${file}`);
  }
}

async function imagesOf(
  { store, manifest }: ExportSource,
  { partition, paths }: { partition: number; paths: readonly string[] },
): Promise<ImageRef[]> {
  const file = runLayout(manifest.partDigits).listing(partition);
  const place = { partition, location: `${store.describe()}/${file}` };
  const bytes = await requireFile(store, file);
  if ((await sha256Async(bytes)) !== manifest.partitions[partition]?.sha256) {
    throw new VergerError('E_RUN_CORRUPT', place, { detail: 'Its sha256 does not match the manifest.' });
  }
  return listedImages(paths, parseListingPart(bytes), place);
}
