import { createHash } from 'node:crypto';
import {
  type Epoch,
  fileError,
  forEachBounded,
  RUN_FILES,
  RUN_FOLDERS,
  type Storage,
  type StoredFile,
  type Success,
  successSchema,
} from '@verger/core';
import { isSameFinish, readEpoch } from './epochs.ts';
import { readRecord, sha256Async } from './records.ts';

/**
 * `_SUCCESS` when it answers what the newest epoch asks of finish; undefined when there is none, or when
 * another CSV or limit was asked for since: then finish is to be done again. Errors: E_RUN_CORRUPT.
 */
export async function readSuccess(store: Storage): Promise<Success | undefined> {
  const success = await readRecord(store, RUN_FILES.success, successSchema);
  if (success === undefined) return undefined;
  const asked = await readEpoch(store);
  if (asked === undefined || asked.epoch <= success.epoch) return success;
  const answered = await readEpoch(store, success.epoch);
  return answersEpoch(success, asked, answered) ? success : undefined;
}

/**
 * True when a `_SUCCESS` answers what the newest epoch (`asked`) asks of finish; `answered` is the epoch that
 * wrote it.
 */
export function answersEpoch(
  success: Pick<Success, 'epoch'>,
  asked: Epoch | undefined,
  answered: Epoch | undefined,
): boolean {
  if (asked === undefined || asked.epoch <= success.epoch) return true;
  return isSameFinish(answered?.finish, asked.finish);
}

/**
 * Removes `_SUCCESS`, then the HTML report and the timeline, which say what it said, and then other derived
 * files, so that all are made again. Only after a new epoch was opened.
 */
export async function reopenFinish(
  store: Storage,
  files: readonly string[] = [RUN_FILES.csv],
): Promise<void> {
  const { success, htmlReport, timeline } = RUN_FILES;
  for (const file of [success, htmlReport, timeline, ...files]) await store.remove(file);
}

/**
 * Bytes of a file that are in memory while it is hashed. Sums, and features of most partitions, are smaller:
 * one read, hashed off this thread.
 */
const WINDOW_BYTES = 8 * 1024 * 1024;

/** Files that are hashed at once: more than cores would only hold more memory. */
const HASHED_AT_ONCE = 4;

/** sha256 and size of a stored file of any size, or undefined when it is not there or changes meanwhile. */
export async function hashStored(store: Storage, file: string): Promise<StoredFile | undefined> {
  const hash = createHash('sha256');
  let version: string | undefined;
  for (let start = 0; ; start += WINDOW_BYTES) {
    const part = await store.read(file, { range: { start, end: start + WINDOW_BYTES } });
    if (start === 0 && part.status === 'read' && part.bytes.byteLength === part.totalBytes) {
      return { sha256: await sha256Async(part.bytes), bytes: part.totalBytes };
    }
    if (part.status !== 'read' || (version !== undefined && part.version !== version)) return undefined;
    version = part.version;
    hash.update(part.bytes);
    if (start + part.bytes.byteLength >= part.totalBytes) {
      return { sha256: hash.digest('hex'), bytes: part.totalBytes };
    }
    if (part.bytes.byteLength < WINDOW_BYTES) return undefined;
  }
}

/**
 * A finished run's `_SUCCESS`, and the data files that are not what it says: none, for a run that is whole.
 */
export interface Verified {
  readonly success: Success;
  readonly damaged: readonly string[];
}

/**
 * Reads every data file of a finished run and compares hashes; undefined when the run is not finished as
 * asked. Memory: 32 MiB.
 */
export async function findDamage(store: Storage): Promise<Verified | undefined> {
  const success = await readSuccess(store);
  if (success === undefined) return undefined;
  const damaged: string[] = [];
  await forEachBounded(Object.entries(success.files), HASHED_AT_ONCE, async ([file, expected]) => {
    const stored = await hashStored(store, file);
    if (stored?.sha256 !== expected.sha256 || stored.bytes !== expected.bytes) damaged.push(file);
  });
  if ((await store.read(RUN_FILES.report, { lastBytes: 1 })).status !== 'read')
    damaged.push(RUN_FILES.report);
  return { success, damaged: damaged.sort() };
}

/**
 * Files that finish and project make from others: they can be made again without a feature being computed.
 */
export function isDerived(file: string): boolean {
  const { quarantine, csv, report } = RUN_FILES;
  return file === quarantine || file === csv || file === report || file.startsWith(RUN_FOLDERS.projection);
}

/** Throws E_PART_CORRUPT naming the first damaged file, if there is one. */
export function refuseDamage(store: Storage, { damaged }: Verified): void {
  const [file] = damaged;
  if (file === undefined) return;
  const detail =
    damaged.length === 1
      ? 'It is missing, or its sha256 does not match _SUCCESS.'
      : `It and ${damaged.length - 1} more are gone, or their sha256 are not those in _SUCCESS.`;
  throw fileError('E_PART_CORRUPT', { store, file }, detail);
}

/**
 * A finished run's `_SUCCESS`, after every data file was read and its hash compared; undefined when the run
 * is not finished as asked. Errors: E_PART_CORRUPT naming the first file that is not what it was.
 */
export async function verifySuccess(store: Storage): Promise<Success | undefined> {
  const verified = await findDamage(store);
  if (verified !== undefined) refuseDamage(store, verified);
  return verified?.success;
}
