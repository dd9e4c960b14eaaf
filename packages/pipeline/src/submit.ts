import {
  canonicalJson,
  type Epoch,
  epochFile,
  epochSchema,
  type FinishOptions,
  type LeftOut,
  type Manifest,
  manifestSchema,
  type Reuse,
  RUN_FILES,
  RUN_FOLDERS,
  runLayout,
  type Storage,
  type Success,
  sealRecord,
  successSchema,
  VergerError,
  type WorkerRef,
} from '@verger/core';
import { cutListing, type ListingSpool } from '@verger/listing';
import { newestEpoch } from './newest-epoch.ts';
import { manifestDifferences } from './plan.ts';
import { readRecord, recordBytes, requireFile, sha256Async } from './records.ts';

/** The manifest of the run at this place, or undefined when there is no run. Errors: E_RUN_CORRUPT. */
export async function readManifest(store: Storage): Promise<Manifest | undefined> {
  return await readRecord(store, RUN_FILES.manifest, manifestSchema);
}

/** One file that must stand before the manifest that names its hash. */
interface FrozenFile {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** What a manifest freezes: listing parts, and the given model of a transform. Read twice. */
export type FrozenFiles = () => AsyncIterable<FrozenFile>;

/** The listing parts that a manifest makes of a spool, and the model that it applies if it is a transform's. */
export function spoolFiles(manifest: Manifest, spool: ListingSpool, model?: Uint8Array): FrozenFiles {
  const layout = runLayout(manifest.partDigits);
  return async function* () {
    yield* givenModelFile(manifest, model);
    for await (const { index, lines, sha256 } of cutListing(spool, manifest.extraction)) {
      yield { file: layout.listing(index), bytes: lines, sha256 };
    }
  };
}

async function* givenModelFile({ model: named }: Manifest, bytes: Uint8Array | undefined) {
  if (named === undefined || bytes === undefined) return;
  yield { file: RUN_FILES.givenModel, bytes, sha256: named.sha256 };
}

/** The listing parts of another run, each checked. Errors, when read: E_RUN_CORRUPT naming that run. */
export function copiedListing(source: { readonly manifest: Manifest; readonly store: Storage }): FrozenFiles {
  const layout = runLayout(source.manifest.partDigits);
  return async function* () {
    for (const [index, { sha256 }] of source.manifest.partitions.entries()) {
      const file = layout.listing(index);
      const bytes = await requireFile(source.store, file);
      if ((await sha256Async(bytes)) !== sha256) {
        const location = `${source.store.describe()}/${file}`;
        const detail = 'Its sha256 is not the one in the manifest.';
        throw new VergerError('E_RUN_CORRUPT', { partition: index, location }, { detail });
      }
      yield { file, bytes, sha256 };
    }
  };
}

/**
 * Writes listing parts (and a given model), then the manifest: from here on the run exists and is never listed again. Does nothing
 * when the same run is there. Errors: E_RUN_CONFLICT with a field-by-field difference when another one is.
 */
export async function createRun(
  store: Storage,
  manifest: Manifest,
  frozen: ListingSpool | FrozenFiles,
): Promise<'created' | 'joined'> {
  if (await joins(store, manifest)) return 'joined';
  const files = typeof frozen === 'function' ? frozen : spoolFiles(manifest, frozen);
  await writeFrozen(store, manifest, files);
  if ((await store.create(RUN_FILES.manifest, recordBytes(manifest))) === 'created') {
    // Another submission of that name may have replaced a part before it saw this manifest.
    await writeFrozen(store, manifest, files);
    return 'created';
  }
  await joins(store, manifest);
  return 'joined';
}

/** Creates what a manifest freezes; files with other bytes are replaced: nothing but this run's manifest counts on them. */
async function writeFrozen(store: Storage, manifest: Manifest, files: FrozenFiles): Promise<void> {
  for await (const { file, bytes, sha256 } of files()) {
    if ((await store.create(file, bytes)) === 'created') continue;
    // Left by a submission that died before its manifest: no run, so nothing of it counts.
    if ((await sha256Async(await requireFile(store, file))) === sha256) continue;
    // Asked again, or the listing of a run that came to be meanwhile would be overwritten.
    await joins(store, manifest);
    await store.replace(file, bytes);
  }
}

/** True when the same run is there, false when there is none. Errors: E_RUN_CONFLICT when there is another; E_RUN_CORRUPT. */
export async function joins(store: Storage, manifest: Manifest): Promise<boolean> {
  const there = await readManifest(store);
  if (there === undefined) return false;
  const differences = manifestDifferences(there, manifest);
  if (differences.length === 0) return true;
  throw new VergerError(
    'E_RUN_CONFLICT',
    { location: store.describe() },
    { detail: `There -> asked for:\n    ${differences.join('\n    ')}` },
  );
}

/** The newest epoch's record, or undefined before the first. */
export async function readEpoch(store: Storage): Promise<Epoch | undefined> {
  const epoch = await newestEpoch(store);
  return epoch === 0 ? undefined : await readRecord(store, epochFile(epoch), epochSchema);
}

/** Every epoch's record, the oldest first. Cost: one list and one small read each. Errors: E_RUN_CORRUPT. */
export async function readEpochs(store: Storage): Promise<Epoch[]> {
  const epochs: Epoch[] = [];
  for (let epoch = await newestEpoch(store); epoch > 0; epoch -= 1) {
    const record = await readRecord(store, epochFile(epoch), epochSchema);
    if (record !== undefined) epochs.unshift(record);
  }
  return epochs;
}

/**
 * What the newest listing of a run left out, of the epochs up to this one; undefined when none of them says. A damaged record is passed
 * over: finishing needs none but the newest. Cost: one small read per epoch until one says it.
 */
export async function readLeftOut(store: Storage, newest: number): Promise<LeftOut | undefined> {
  for (let epoch = newest; epoch > 0; epoch -= 1) {
    const record = await readRecord(store, epochFile(epoch), epochSchema).catch((error: unknown) => {
      if (error instanceof VergerError && error.code === 'E_RUN_CORRUPT') return undefined;
      throw error;
    });
    if (record?.leftOut !== undefined) return record.leftOut;
  }
  return undefined;
}

/** The newest epoch's record. Errors: E_RUN_CORRUPT when there is none, so nobody submitted the run. */
export async function requireEpoch(store: Storage): Promise<Epoch> {
  const epoch = await readEpoch(store);
  if (epoch !== undefined) return epoch;
  const location = `${store.describe()}/${RUN_FOLDERS.epochs}`;
  throw new VergerError('E_RUN_CORRUPT', { location }, { detail: 'It holds no epoch.' });
}

/** What the finish step is to make: what is not asked for anew stays as it was asked for before. */
export function mergeFinish(
  earlier: FinishOptions | undefined,
  wanted: FinishOptions,
  given: { readonly csv: boolean; readonly maxBad: boolean } = { csv: wanted.csv, maxBad: true },
): FinishOptions {
  if (earlier === undefined) return wanted;
  const { maxBad: _, ...csv } = given.csv ? wanted : earlier;
  return { ...csv, maxBad: given.maxBad ? wanted.maxBad : earlier.maxBad };
}

/** Opens the next epoch, create-only: of two submissions at once, each gets its own. */
export async function openEpoch(
  store: Storage,
  options: {
    cause: Epoch['cause'];
    finish: FinishOptions;
    by: WorkerRef;
    at: string;
    reuse?: Reuse | undefined;
    /** The queue that is to do it, for a person. */
    queue?: string | undefined;
    /** Kept from the epoch before, once it was asked for: features of one numeric class stay so. */
    strict?: true | undefined;
    /** Of a submission that listed. */
    leftOut?: LeftOut | undefined;
  },
): Promise<Epoch> {
  const { cause, finish, reuse, queue, leftOut, by, at } = options;
  const strict = options.strict ?? (await readEpoch(store))?.strict;
  for (let epoch = (await newestEpoch(store)) + 1; ; epoch += 1) {
    const record: Epoch = sealRecord({
      format: 'verger-epoch-1' as const,
      epoch,
      cause,
      finish,
      ...(reuse === undefined ? {} : { reuse }),
      ...(strict === undefined ? {} : { strict }),
      ...(queue === undefined ? {} : { queue }),
      ...(leftOut === undefined ? {} : { leftOut }),
      by,
      at,
    });
    if ((await store.create(epochFile(epoch), recordBytes(record))) === 'created') return record;
  }
}

/**
 * `_SUCCESS` when it answers what the newest epoch asks of finish; undefined when there is none, or when another CSV or limit was
 * asked for since: then finish is to be done again. Errors: E_RUN_CORRUPT.
 */
export async function readSuccess(store: Storage): Promise<Success | undefined> {
  const success = await readRecord(store, RUN_FILES.success, successSchema);
  if (success === undefined) return undefined;
  const asked = await readEpoch(store);
  if (asked === undefined || asked.epoch <= success.epoch) return success;
  const answered = await readRecord(store, epochFile(success.epoch), epochSchema);
  return canonicalJson(answered?.finish) === canonicalJson(asked.finish) ? success : undefined;
}

/** Forgets `_SUCCESS` and then derived files, so that they are made again. Only after a new epoch was opened. */
export async function reopenFinish(
  store: Storage,
  files: readonly string[] = [RUN_FILES.csv],
): Promise<void> {
  await store.remove(RUN_FILES.success);
  for (const file of files) await store.remove(file);
}
