import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import type { ReadOptions, ReadResult } from '@verger/core';
import { type Window, windowOf } from '../window.ts';
import { storageError, systemCode } from './fs-errors.ts';
import { type Bounds, mayRead, wasOpenedInside } from './read-bounds.ts';
import type { ReadPace } from './read-pace.ts';

/** Larger files are never read on this thread. */
const SMALL_BYTES = 1024 * 1024;

/** Bytes read between two looks at the abort signal. */
const STEP_BYTES = 4 * 1024 * 1024;

const READ_ONLY = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** What is read: a path below the root, within its bounds, and how. */
export interface FileToRead extends Bounds {
  readonly path: string;
  /** Decides where small files are read; those that name no `maxBytes` are not small. */
  readonly pace: ReadPace;
  readonly options?: ReadOptions | undefined;
}

/**
 * Reads a regular file that lies within the bounds when all links are resolved; other things are refused
 * unopened, and unread where the way there changed between the look and the opening. `version` is that of the
 * file after its last byte was read, so it differs from the listed one when the file changed meanwhile.
 * Errors: E_STORAGE for what may heal; the signal's reason when it is aborted.
 */
export async function readInside(file: FileToRead): Promise<ReadResult> {
  const { pace, options = {} } = file;
  options.signal?.throwIfAborted();
  try {
    const small = (options.maxBytes ?? Number.POSITIVE_INFINITY) <= SMALL_BYTES;
    if (!small || !pace.here()) return await readElsewhere(file, options);
    const started = performance.now();
    try {
      return readHere(file, options);
    } finally {
      pace.took(performance.now() - started);
    }
  } catch (error) {
    if (systemCode(error) === undefined || error === options.signal?.reason) throw error;
    return await withoutBytes(file, error);
  }
}

const OUTSIDE: ReadResult = { status: 'refused', code: 'E_IMG_OUTSIDE_ROOT' };
const NOT_A_FILE: ReadResult = { status: 'refused', code: 'E_IMG_NOT_A_FILE' };

function readHere(file: FileToRead, options: ReadOptions): ReadResult {
  const real = realpathSync.native(file.path);
  if (!mayRead(file, real)) return OUTSIDE;
  if (!statSync(real).isFile()) return NOT_A_FILE;
  const fd = openSync(real, READ_ONLY);
  try {
    if (!wasOpenedInside(file, real, fd)) return OUTSIDE;
    const part = partWanted(fstatSync(fd), options);
    if ('status' in part) return part;
    const bytes = new Uint8Array(part.end - part.start);
    let done = 0;
    while (done < bytes.length) {
      const bytesRead = readSync(fd, bytes, done, bytes.length - done, part.start + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return whole(fd, bytes, done);
  } finally {
    closeSync(fd);
  }
}

async function readElsewhere(file: FileToRead, options: ReadOptions): Promise<ReadResult> {
  const real = await realpath(file.path);
  if (!mayRead(file, real)) return OUTSIDE;
  // Looked at first: the mere opening of a device may have effects. What is known already is asked for on
  // this thread, which
  // costs 2 µs where a hop to another and back costs 100.
  if (!statSync(real).isFile()) return NOT_A_FILE;
  const handle = await open(real, READ_ONLY);
  try {
    return wasOpenedInside(file, real, handle.fd) ? await readHandle(handle, options) : OUTSIDE;
  } finally {
    await handle.close();
  }
}

async function readHandle(handle: FileHandle, options: ReadOptions): Promise<ReadResult> {
  const part = partWanted(fstatSync(handle.fd), options);
  if ('status' in part) return part;
  const bytes = new Uint8Array(part.end - part.start);
  let done = 0;
  while (done < bytes.length) {
    options.signal?.throwIfAborted();
    const length = Math.min(STEP_BYTES, bytes.length - done);
    const { bytesRead } = await handle.read(bytes, done, length, part.start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return whole(handle.fd, bytes, done);
}

function whole(fd: number, bytes: Uint8Array, done: number): ReadResult {
  const after = fstatSync(fd, { bigint: true });
  return {
    status: 'read',
    bytes: done === bytes.length ? bytes : bytes.slice(0, done),
    totalBytes: Number(after.size),
    version: `mtime:${after.mtimeNs}`,
  };
}

/** The half-open part of an opened file that the options ask for, or why there is none. */
function partWanted(stats: Stats, options: ReadOptions): Window | ReadResult {
  if (!stats.isFile()) return NOT_A_FILE;
  const part = windowOf(stats.size, options);
  const wanted = part.end - part.start;
  return wanted > (options.maxBytes ?? wanted) ? { status: 'too-large', totalBytes: stats.size } : part;
}

async function withoutBytes({ path, follow }: FileToRead, error: unknown): Promise<ReadResult> {
  switch (systemCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR': {
      // Whoever follows links listed what this one led to: that is gone.
      if (follow === true) return { status: 'missing' };
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
