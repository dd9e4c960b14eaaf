import {
  cancelFile,
  cancelMarkSchema,
  classRecordSchema,
  type Epoch,
  epochFile,
  epochSchema,
  failureFile,
  failureSchema,
  isReadAsData,
  type Manifest,
  partDigits,
  RUN_FILES,
  runFileOf,
  runLayout,
  type Storage,
} from '@verger/core';
import { runIdentity, sha256Async } from '@verger/run';
import type { Findings } from './finding.ts';
import { checkPrinted, lookFor, lookForRecord } from './read.ts';

/** What is wrong in a manifest whose self-hash holds. Pure. */
export function manifestFaults(manifest: Manifest): string[] {
  const { listing, partitions } = manifest;
  const sum = (pick: (partition: Manifest['partitions'][number]) => number) =>
    partitions.reduce((total, partition) => total + pick(partition), 0);
  const faults: string[] = [];
  if (sum(({ images }) => images) !== listing.images)
    faults.push('Its partitions do not add up to its images.');
  if (sum(({ bytes }) => bytes) !== listing.bytes) faults.push('Its partitions do not add up to its bytes.');
  if (manifest.partDigits !== partDigits(partitions.length))
    faults.push('Its part numbers have the wrong number of digits.');
  if (manifest.identity !== runIdentity(listing.sha256, manifest)) {
    faults.push('Its identity does not match its listing, options and fingerprint.');
  }
  return faults;
}

/**
 * The files in a run folder, as far as they need a look at each: records of epochs and attempts.
 */
export interface FoundRecords {
  readonly epochs: readonly number[];
  readonly cancelled: readonly number[];
  readonly failures: readonly string[];
  readonly setAside: number;
}

/**
 * Goes through all names of the run; what has a name that no file of the run has is a fault where it would be
 * read as data.
 */
export async function checkNames(
  { store, manifest }: { store: Storage; manifest: Manifest },
  { findings, signal }: { findings: Findings; signal: AbortSignal },
): Promise<FoundRecords> {
  const layout = runLayout(manifest.partDigits);
  const found = { epochs: [] as number[], cancelled: [] as number[], failures: [] as string[], setAside: 0 };
  for await (const { key, refused } of store.list({ signal })) {
    const name = runFileOf(key, layout, manifest.partitions.length);
    if (name === undefined) {
      const what = 'No file of the run has this name';
      if (!isReadAsData(key)) findings.note(key, `${what}.`);
      else if (refused === undefined) findings.fault(key, `${what}, but it would be read as one.`);
      else {
        const odd = `${what}, it is not a regular file, and it would be read as one. Remove it.`;
        findings.fault(key, odd, 'none');
      }
    } else if (name.kind === 'epoch') found.epochs.push(name.number ?? 0);
    else if (name.kind === 'cancelled') found.cancelled.push(name.number ?? 0);
    else if (name.kind === 'failure') found.failures.push(key);
    else if (name.kind === 'setAside') found.setAside += 1;
  }
  return found;
}

/** The epochs that can be read, by number; those up to `newest` that are damaged or gone are faults. */
export async function checkEpochs(
  store: Storage,
  findings: Findings,
  { found, newest }: { found: readonly number[]; newest: number },
): Promise<Map<number, Epoch>> {
  const epochs = new Map<number, Epoch>();
  for (let number = 1; number <= Math.max(newest, ...found); number += 1) {
    const file = epochFile(number);
    const epoch = await lookForRecord({ store, findings }, { file, schema: epochSchema, gone: true });
    if (epoch === undefined) continue;
    if (epoch.epoch !== number) findings.fault(file, `It is that of epoch ${epoch.epoch}.`);
    else epochs.set(number, epoch);
  }
  return epochs;
}

/** Checks the records of failed attempts and of cancelled epochs. */
export async function checkTraces(
  { store, manifest }: { store: Storage; manifest: Manifest },
  findings: Findings,
  { failures, cancelled }: Pick<FoundRecords, 'failures' | 'cancelled'>,
): Promise<void> {
  const digits = manifest.partDigits;
  const at = { store, findings };
  for (const file of failures) {
    const failure = await lookForRecord(at, { file, schema: failureSchema, gone: false });
    if (failure === undefined) continue;
    const id = /-([\da-f]+)\.json$/.exec(file)?.[1] ?? '';
    const { kind, partition: part, epoch, attempt } = failure;
    if (failureFile({ kind, part, epoch }, attempt, { digits, id }) === file) continue;
    findings.fault(file, 'It is the record of another attempt.');
  }
  for (const epoch of cancelled) {
    await lookForRecord(at, { file: cancelFile(epoch), schema: cancelMarkSchema, gone: false });
  }
}

/** The class record of a run with --strict; of another run it would keep workers out for ever. */
export async function checkClass(
  { store, manifest }: { store: Storage; manifest: Manifest },
  findings: Findings,
): Promise<void> {
  const file = RUN_FILES.numericClass;
  const found = await lookForRecord({ store, findings }, { file, schema: classRecordSchema, gone: false });
  if (found === undefined || found.runIdentity === manifest.identity) return;
  findings.fault(file, 'It belongs to another run.');
}

/** The calibration of a run with int8 must be the one that its fingerprint names. */
async function checkCalibration(
  { store, manifest }: { store: Storage; manifest: Manifest },
  findings: Findings,
): Promise<void> {
  const { calibrationSha256 } = manifest.fingerprint;
  if (calibrationSha256 === undefined) return;
  const file = RUN_FILES.calibration;
  const bytes = await lookFor({ store, findings }, file, { gone: true });
  if (bytes === undefined || (await sha256Async(bytes)) === calibrationSha256) return;
  findings.fault(file, 'Its sha256 does not match the manifest.');
}

/**
 * The manifest's own faults, as findings. Its self-hash was checked when it was read, so it can be printed
 * again.
 */
export async function checkManifest(
  { store, manifest }: { store: Storage; manifest: Manifest },
  findings: Findings,
): Promise<void> {
  const file = RUN_FILES.manifest;
  for (const fault of manifestFaults(manifest)) findings.fault(file, fault, 'none');
  const bytes = await lookFor({ store, findings }, file, { gone: true });
  if (bytes !== undefined) checkPrinted(findings, bytes, file);
  await checkCalibration({ store, manifest }, findings);
  if (manifest.model === undefined) return;
  const given = await lookFor({ store, findings }, RUN_FILES.givenModel, { gone: true });
  if (given === undefined || (await sha256Async(given)) === manifest.model.sha256) return;
  const from = `Copy pca/model.json of run ${manifest.model.runId} there.`;
  findings.fault(RUN_FILES.givenModel, `Its sha256 does not match the manifest. ${from}`);
}
