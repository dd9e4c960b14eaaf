import { forEachBounded, type Manifest, RUN_FILES, runLayout, type Storage, VergerError } from '@verger/core';
import { cutListing, type ListingSpool } from '@verger/listing';
import { manifestDifferences, readManifest } from './manifest.ts';
import { readCalibrationFile, readFile, recordBytes, requireFrozen, sha256Async } from './records.ts';

/** Files that are written or checked at once. */
const FILES_AT_ONCE = 8;

/** One file that must be there before the manifest that names its hash. */
interface FrozenFile {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** What a manifest freezes: listing parts, and the given model of a transform. Read twice. */
export type FrozenFiles = () => AsyncIterable<FrozenFile>;

/** What a manifest freezes beside its listing: bytes of files whose hashes it names. */
export interface FrozenInputs {
  /** Of a transform: the model that it applies. */
  readonly model?: Uint8Array | undefined;
  /** Of a run with int8. */
  readonly calibration?: Uint8Array | undefined;
}

/** The listing parts that a manifest makes of a spool, and what else it freezes. */
export function spoolFiles(manifest: Manifest, spool: ListingSpool, inputs: FrozenInputs = {}): FrozenFiles {
  const layout = runLayout(manifest.partDigits);
  const { model, calibration } = inputs;
  return async function* () {
    const given = manifest.model;
    if (given !== undefined && model !== undefined)
      yield { file: RUN_FILES.givenModel, bytes: model, sha256: given.sha256 };
    const { calibrationSha256 } = manifest.fingerprint;
    if (calibrationSha256 !== undefined && calibration !== undefined)
      yield { file: RUN_FILES.calibration, bytes: calibration, sha256: calibrationSha256 };
    for await (const { index, lines, sha256 } of cutListing(spool, manifest.extraction)) {
      yield { file: layout.listing(index), bytes: lines, sha256 };
    }
  };
}

/**
 * The listing parts of another run, and its calibration if it has one, each checked. Errors, when read:
 * E_RUN_CORRUPT naming that run.
 */
export function copiedListing(source: { readonly manifest: Manifest; readonly store: Storage }): FrozenFiles {
  const layout = runLayout(source.manifest.partDigits);
  return async function* () {
    const bytes = await readCalibrationFile(source);
    const { calibrationSha256 } = source.manifest.fingerprint;
    if (bytes !== undefined && calibrationSha256 !== undefined)
      yield { file: RUN_FILES.calibration, bytes, sha256: calibrationSha256 };
    for (const [index, { sha256 }] of source.manifest.partitions.entries()) {
      const file = layout.listing(index);
      const bytes = await requireFrozen({ store: source.store, file, partition: index }, sha256);
      yield { file, bytes, sha256 };
    }
  };
}

/**
 * Writes listing parts (and a given model, and a calibration), then the manifest: from here on the run exists
 * and is never listed again. Does nothing when the same run is there. Errors: E_RUN_CONFLICT with a
 * field-by-field difference when another one is, and where another calibration is.
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
    await writeFrozen(store, manifest, files, { there: true });
    return 'created';
  }
  await joins(store, manifest);
  return 'joined';
}

/** A calibration is never replaced: another submission of that name may be about to write its manifest. */
function otherCalibration(store: Storage): VergerError {
  const detail =
    `${RUN_FILES.calibration} is there with other bytes: another submission of that name has calibrated on ` +
    'other images or another machine. Repeat the command, which takes that calibration if the weights are the ' +
    'same, or choose another --name.';
  return new VergerError('E_RUN_CONFLICT', { location: store.describe() }, { detail });
}

/**
 * Creates what a manifest freezes; files with other bytes are replaced, but for a calibration: nothing but
 * this run's manifest counts on them. `there`: they are probably written already, so that each is read first.
 */
async function writeFrozen(
  store: Storage,
  manifest: Manifest,
  files: FrozenFiles,
  { there = false }: { readonly there?: boolean } = {},
): Promise<void> {
  const isRight = async ({ file, sha256 }: FrozenFile) => {
    const bytes = await readFile(store, file);
    return bytes !== undefined && (await sha256Async(bytes)) === sha256;
  };
  await forEachBounded(files(), FILES_AT_ONCE, async (frozen) => {
    if (there && (await isRight(frozen))) return;
    if ((await store.create(frozen.file, frozen.bytes)) === 'created') return;
    // Left by a submission that died before its manifest: no run, so nothing of it counts.
    if (await isRight(frozen)) return;
    // Asked again, or the listing of a run that came to be meanwhile would be overwritten.
    await joins(store, manifest);
    if (frozen.file === RUN_FILES.calibration) throw otherCalibration(store);
    await store.replace(frozen.file, frozen.bytes);
  });
}

/**
 * True when the same run is there, false when there is none. Errors: E_RUN_CONFLICT when there is another;
 * E_RUN_CORRUPT.
 */
export async function joins(store: Storage, manifest: Manifest): Promise<boolean> {
  const there = await readManifest(store);
  if (there === undefined) return false;
  const differences = manifestDifferences(there, manifest);
  if (differences.length === 0) return true;
  const detail = `Existing -> requested:\n    ${differences.join('\n    ')}`;
  throw new VergerError('E_RUN_CONFLICT', { location: store.describe() }, { detail });
}
