import { constants, fstatSync, statSync } from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import type { ReadOptions, ReadResult } from '@verger/core';
import { storageError, systemCode } from './fs-errors.ts';
import { contains } from './real-path.ts';

/** Bytes read between two looks at the abort signal. */
const STEP_BYTES = 4 * 1024 * 1024;

const READ_ONLY = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/**
 * Reads a regular file that lies inside `root` when all links are resolved; other things are refused without being opened.
 * `version` is that of the file after its last byte was read, so it differs from the listed one when the file changed meanwhile.
 * Errors: E_STORAGE for what may heal; the signal's reason when it is aborted.
 */
export async function readInside(root: string, path: string, options: ReadOptions = {}): Promise<ReadResult> {
  options.signal?.throwIfAborted();
  try {
    const real = await realpath(path);
    // Most roots are no links: only one that is costs a second look.
    if (!contains(root, real) && !contains(await realpath(root), real)) {
      return { status: 'refused', code: 'E_IMG_OUTSIDE_ROOT' };
    }
    // Looked at first: the mere opening of a device may have effects. What is known already is asked for on this thread, which
    // costs 2 µs where a hop to another and back costs 100.
    if (!statSync(real).isFile()) return { status: 'refused', code: 'E_IMG_NOT_A_FILE' };
    const handle = await open(real, READ_ONLY);
    try {
      return await readHandle(handle, options);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemCode(error) === undefined || error === options.signal?.reason) throw error;
    return await withoutBytes(path, error);
  }
}

async function readHandle(handle: FileHandle, options: ReadOptions): Promise<ReadResult> {
  const before = fstatSync(handle.fd);
  if (!before.isFile()) return { status: 'refused', code: 'E_IMG_NOT_A_FILE' };
  const { start, end } = bytesWanted(before.size, options);
  const wanted = end - start;
  if (wanted > (options.maxBytes ?? wanted)) return { status: 'too-large', totalBytes: before.size };
  const bytes = new Uint8Array(wanted);
  let done = 0;
  while (done < wanted) {
    options.signal?.throwIfAborted();
    const length = Math.min(STEP_BYTES, wanted - done);
    const { bytesRead } = await handle.read(bytes, done, length, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  const after = fstatSync(handle.fd, { bigint: true });
  return {
    status: 'read',
    bytes: done === wanted ? bytes : bytes.slice(0, done),
    totalBytes: Number(after.size),
    version: `mtime:${after.mtimeNs}`,
  };
}

/** The half-open part of an object of that size which the options ask for. */
function bytesWanted(size: number, { lastBytes, range }: ReadOptions): { start: number; end: number } {
  if (range === undefined) return { start: size - Math.min(size, lastBytes ?? size), end: size };
  const start = Math.min(size, range.start);
  return { start, end: Math.max(start, Math.min(size, range.end)) };
}

async function withoutBytes(path: string, error: unknown): Promise<ReadResult> {
  switch (systemCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR': {
      const dangling = await lstat(path).then(
        (found) => found.isSymbolicLink(),
        () => false,
      );
      return dangling ? { status: 'refused', code: 'E_IMG_OUTSIDE_ROOT' } : { status: 'missing' };
    }
    case 'ENAMETOOLONG':
      return { status: 'missing' };
    case 'ELOOP':
      return { status: 'refused', code: 'E_IMG_OUTSIDE_ROOT' };
    case 'ENXIO':
    case 'ENODEV':
      return { status: 'refused', code: 'E_IMG_NOT_A_FILE' };
    case 'EACCES':
    case 'EPERM':
      return { status: 'forbidden', reason: `The system does not permit it (${systemCode(error)}).` };
    default:
      throw storageError('E_STORAGE', { path }, error);
  }
}
