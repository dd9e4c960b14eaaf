import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import {
  type ExtractionOptions,
  type Fingerprint,
  type GivenModel,
  type ImageRef,
  type LeftOut,
  type Manifest,
  type Storage,
  type StoredEntry,
  VergerError,
} from '@verger/core';
import { countLeftOut, type ListingSpool, listImages, parseLabelRule, spoolListing } from '@verger/listing';
import { noInput, planManifest } from '@verger/run';
import { isInside } from '@verger/storage';
import type { Driver, RunOptions } from './driver.ts';

/** A listing that was planned. Whoever takes it disposes of the spool. */
export interface PlannedListing {
  readonly manifest: Manifest;
  readonly spool: ListingSpool;
  readonly leftOut: LeftOut;
  /** Images of a storage class whose bytes are given only after a restore. */
  readonly archived: number;
}

/**
 * Lists the images into a temporary file and cuts them into a manifest; writes nothing else. Errors: those of
 * the listing (E_INPUT_…, E_LABEL_…) and of `networkFor`, E_NO_INPUT, E_TEMPORARY_FOLDER; the signal's
 * reason.
 */
export async function planRun(
  { signal, emit }: Pick<Driver, 'signal' | 'emit'>,
  source: Storage,
  plan: {
    readonly options: Pick<RunOptions, 'extraction' | 'pca' | 'operational'>;
    /** The network of the run, once its images are listed. */
    readonly networkFor: (listed: ListingSpool) => Promise<{ readonly fingerprint: Fingerprint }>;
    readonly model?: GivenModel | undefined;
  },
): Promise<PlannedListing> {
  const { options, model } = plan;
  const { labeler, rule } = await parseLabelRule(options.extraction.label, (file) => readFile(file, 'utf8'));
  const extraction = { ...extractionOf(options, { source, model }), label: rule };
  if (options.extraction.followLinks === true && source.followsLinks !== true)
    emit({ type: 'listing:no-links' });
  const counter = countLeftOut();
  let archived = 0;
  let isArchived = false;
  const taken = (entry: StoredEntry) => {
    isArchived = entry.archived === true;
    if (isArchived) archived += 1;
  };
  const images = listImages(source, extraction, labeler, { leftOut: counter, taken, signal });
  const seen = (image: ImageRef) => emit({ type: 'listing:image', image, archived: isArchived });
  const spool = await spoolTemporarily(watched(images, { seen, signal }));
  try {
    const leftOut = counter.counts();
    const { pca, operational } = options;
    const { name } = operational;
    if (spool.images === 0) throw noInput(source.describe(), leftOut);
    const { fingerprint } = await plan.networkFor(spool);
    const manifest = await planManifest(
      { images: source.describe(), extraction, pca, model, fingerprint, name, leftOut },
      spool,
    );
    const { bytes, labels, unlabelled } = spool;
    emit({ type: 'listing:done', manifest, bytes, labels, unlabelled, leftOut, archived });
    return { manifest, spool, leftOut, archived };
  } catch (error) {
    await spool.dispose();
    throw error;
  }
}

/**
 * A seed that nothing is drawn with must not make another run (a calibration is drawn, but a transform has
 * that of its source); nor must links be followed in a bucket, which has none.
 */
function extractionOf(
  { extraction, operational }: Pick<RunOptions, 'extraction' | 'operational'>,
  { source, model }: { readonly source: Storage; readonly model: GivenModel | undefined },
): ExtractionOptions {
  const { followLinks, ...others } = extraction;
  const calibrates = operational.precision === 'int8' && model === undefined;
  const seed = extraction.sample === null && !calibrates ? 1 : extraction.seed;
  return source.followsLinks === true ? { ...extraction, seed } : { ...others, seed };
}

/** The listing in a file without a name in the system's temporary folder. Errors: E_TEMPORARY_FOLDER. */
export async function spoolTemporarily(refs: AsyncIterable<ImageRef>): Promise<ListingSpool> {
  try {
    return await spoolListing(refs, tmpdir());
  } catch (error) {
    if (error instanceof VergerError || !(error instanceof Error && 'syscall' in error)) throw error;
    const detail = `The listing needs a temporary file: ${error.message}.`;
    throw new VergerError('E_TEMPORARY_FOLDER', { location: tmpdir() }, { detail });
  }
}

/**
 * The images folder must be there; the output must not lie in it. Errors: E_INPUT_MISSING,
 * E_OUTPUT_INSIDE_IMAGES, E_OUTPUT_NOT_WRITABLE; the signal's reason.
 */
export async function checkPlaces(source: Storage, output: string, signal: AbortSignal): Promise<void> {
  for await (const _ of source.list({ shallow: true, signal })) break;
  await checkOutput(source, output);
}

/**
 * Before any work: a file in the output's place is reported now. Errors: E_OUTPUT_INSIDE_IMAGES,
 * E_OUTPUT_NOT_WRITABLE.
 */
export async function checkOutput(source: Storage, output: string): Promise<void> {
  await checkIsNoFile(output);
  if (await isInside(output, source.describe())) {
    throw new VergerError('E_OUTPUT_INSIDE_IMAGES', { option: '--output', location: output });
  }
}

async function checkIsNoFile(output: string): Promise<void> {
  if (output.includes('://')) return;
  const location = resolve(output);
  try {
    if ((await stat(location)).isDirectory()) return;
  } catch (error) {
    // It is made when the first file is written, which has its own words for what else may be wrong.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTDIR')) return;
  }
  const detail = 'It, or a folder above it, is a file.';
  throw new VergerError('E_OUTPUT_NOT_WRITABLE', { option: '--output', location }, { detail });
}

async function* watched<T>(
  items: AsyncIterable<T>,
  { seen, signal }: { readonly seen: (item: T) => void; readonly signal: AbortSignal },
): AsyncGenerator<T> {
  for await (const item of items) {
    signal.throwIfAborted();
    seen(item);
    yield item;
  }
}
