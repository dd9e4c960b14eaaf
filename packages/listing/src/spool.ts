import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type ImageRef, VergerError } from '@verger/core';
import { formatListingLine, parseListingPart } from './listing-line.ts';

/** Bytes written or read by one call. */
const STEP_BYTES = 1024 * 1024;

/** A listing on disk, in order. */
export interface ListingSpool {
  /** sha256 of all its lines: the parts of its partitions, one after the other. */
  readonly sha256: string;
  readonly images: number;
  /** Listed bytes of all images. */
  readonly bytes: number;
  /** Number of different labels. */
  readonly labels: number;
  /** Images whose label is "". */
  readonly unlabelled: number;
  /** Images that must not be opened. */
  readonly refused: number;
  /** The references again; as often as wanted, until `dispose`. */
  read(): AsyncIterable<ImageRef>;
  /** The same as the lines of listing parts: blocks of whole lines of about 1 MiB. */
  lines(): AsyncIterable<Uint8Array>;
  dispose(): Promise<void>;
}

/**
 * Writes references to a temporary file in `folder` as they come, hashing and counting. The file has no name
 * from the start, so not even a killed process leaves it. Memory: 1 MiB and the set of labels. Errors: what
 * `refs` throws; E_TEMPORARY_FOLDER, E_STORAGE.
 */
export async function spoolListing(refs: AsyncIterable<ImageRef>, folder: string): Promise<ListingSpool> {
  const handle = await inTemporary(folder, () => openNameless(folder));
  try {
    const totals = await writeLines(refs, handle, folder);
    return {
      ...totals,
      read: () => readRefs(handle, folder),
      lines: () => readLines(handle, folder),
      dispose: () => discard(handle),
    };
  } catch (error) {
    await discard(handle);
    throw error;
  }
}

async function openNameless(folder: string): Promise<FileHandle> {
  // Not recursive: where mkdir says ENOENT below a folder that is there (/proc, automounts), Node would try
  // for ever.
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const path = join(folder, `listing-${process.pid}-${randomBytes(8).toString('hex')}.jsonl`);
  const handle = await open(path, 'wx+');
  try {
    await unlink(path);
    return handle;
  } catch (error) {
    await discard(handle);
    throw error;
  }
}

/** Nothing of the file is wanted any more, so it does not matter what its closing says. */
async function discard(handle: FileHandle): Promise<void> {
  await handle.close().catch(() => {});
}

async function writeLines(refs: AsyncIterable<ImageRef>, handle: FileHandle, folder: string) {
  const hash = createHash('sha256');
  const labels = new Set<string>();
  const totals = { images: 0, bytes: 0, refused: 0, unlabelled: 0 };
  let pending: string[] = [];
  let pendingLength = 0;
  const flush = async () => {
    const bytes = Buffer.from(pending.join(''));
    pending = [];
    pendingLength = 0;
    hash.update(bytes);
    await inTemporary(folder, () => handle.appendFile(bytes));
  };
  for await (const ref of refs) {
    const line = formatListingLine(ref);
    pending.push(line);
    pendingLength += line.length;
    if (pendingLength >= STEP_BYTES) await flush();
    totals.images += 1;
    totals.bytes += ref.bytes;
    if (ref.refused !== undefined) totals.refused += 1;
    if (ref.label === '') totals.unlabelled += 1;
    labels.add(ref.label);
  }
  await flush();
  return { ...totals, labels: labels.size, sha256: hash.digest('hex') };
}

async function* readRefs(handle: FileHandle, folder: string): AsyncGenerator<ImageRef> {
  for await (const lines of readLines(handle, folder)) yield* parseListingPart(lines);
}

async function* readLines(handle: FileHandle, folder: string): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for (let position = 0; ; ) {
    const buffer = Buffer.alloc(STEP_BYTES);
    const { bytesRead } = await inTemporary(folder, () => handle.read(buffer, 0, STEP_BYTES, position));
    if (bytesRead === 0) break;
    position += bytesRead;
    const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end > 0) yield bytes.subarray(0, end);
    rest = bytes.subarray(end);
  }
  if (rest.length === 0) return;
  const detail = 'The temporary listing ends in the middle of a line.';
  throw new VergerError('E_STORAGE', { location: folder }, { detail });
}

/** What stays so until somebody does something about the folder. */
const STAYS = [
  ...['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'ELOOP'],
  ...['ENAMETOOLONG', 'EFBIG'],
];

async function inTemporary<T>(folder: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    const said = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const detail = cause instanceof Error ? cause.message : String(cause);
    const code = STAYS.includes(said) ? 'E_TEMPORARY_FOLDER' : 'E_STORAGE';
    throw new VergerError(code, { location: folder }, { detail, cause });
  }
}
