import { constants, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VergerError } from '@verger/core';
import { hdf5FileBytes } from './hdf5.ts';
import { type HttpBody, httpGet } from './http-get.ts';

/** `totalBytes` is null while the server has not said it. `receivedBytes` counts what an earlier attempt left. */
export interface DownloadProgress {
  readonly receivedBytes: number;
  readonly totalBytes: number | null;
}

export interface DownloadTimeouts {
  /** From the request to an open (and, for https, secured) connection. */
  readonly connectMs: number;
  /** Between two pieces of the answer, and from the request to the first. */
  readonly idleMs: number;
}

/** A download of one HDF5 file to a path. */
export interface Download {
  readonly url: string;
  readonly path: string;
  readonly timeouts: DownloadTimeouts;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
}

const bytesOf = async (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

function failed(download: Download, reason: string, cause?: unknown): VergerError {
  return new VergerError(
    'E_WEIGHTS_DOWNLOAD',
    { location: download.url, path: download.path },
    { detail: reason, cause },
  );
}

/**
 * Writes the answer into the part file, each piece at its own offset: a second process that fetches the same file at the same time writes
 * the same bytes to the same places, so neither can spoil the other. Gives the number of bytes that the file has now.
 */
async function writePart(part: string, body: HttpBody, download: Download): Promise<number> {
  const file = await open(part, constants.O_RDWR | constants.O_CREAT);
  let at = body.start;
  try {
    for await (const piece of body.pieces) {
      await file.write(piece, 0, piece.length, at);
      at += piece.length;
      download.onProgress?.({ receivedBytes: at, totalBytes: body.totalBytes });
    }
    if (body.isComplete()) await file.truncate(at);
    await file.sync();
  } finally {
    await file.close();
  }
  return at;
}

/** One request: from where the part file ends to the end of the file. True when it is whole. */
async function fetchOnce(part: string, download: Download): Promise<boolean> {
  const have = await bytesOf(part);
  const body = await httpGet(download.url, {
    from: have,
    timeouts: download.timeouts,
    ...(download.signal === undefined ? {} : { signal: download.signal }),
  });
  if (body.status === 'nothing-left') {
    if (body.totalBytes === have) return true;
    await rm(part, { force: true });
    return false;
  }
  const at = await writePart(part, body, download);
  return body.totalBytes === null ? body.isComplete() : at === body.totalBytes;
}

/** Whether a file is HDF5 and as long as it says: not a login page, not a mixture of two versions. */
async function isWhole(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return false;
  const head = new Uint8Array(64);
  const { size } = await file
    .read(head, 0, head.length, 0)
    .then(() => file.stat())
    .finally(() => file.close());
  return hdf5FileBytes(head) === size;
}

/** Requests until the part file is whole, or somebody else has put the file in place. */
async function fetchAll(part: string, download: Download): Promise<void> {
  for (let before = -1; !(await isWhole(download.path)); ) {
    const have = await bytesOf(part);
    // A cut connection is taken up again as long as each one brings something.
    if (have === before) throw failed(download, 'The connection is cut again and again.');
    before = have;
    if (await fetchOnce(part, download)) return;
  }
}

/** Checks and renames. Another process may have done so with the same file a moment ago. */
async function settle(part: string, download: Download): Promise<void> {
  if (await isWhole(part)) {
    await rename(part, download.path).catch(async (error: unknown) => {
      if (!(await isWhole(download.path))) throw error;
    });
  }
  if (await isWhole(download.path)) return;
  await rm(part, { force: true });
  throw failed(download, 'What came is not a whole HDF5 file; it was thrown away.');
}

/**
 * Downloads an HDF5 file: into `<path>.part`, continued from there when a connection is cut (now, or in the next process), renamed when it is
 * whole. Errors: E_WEIGHTS_DOWNLOAD with the URL and the path; what has come stays for the next time.
 */
export async function downloadFile(download: Download): Promise<void> {
  const part = `${download.path}.part`;
  try {
    await mkdir(dirname(download.path), { recursive: true });
    await fetchAll(part, download);
    await settle(part, download);
  } catch (error) {
    if (error instanceof VergerError) throw error;
    if (download.signal?.aborted === true) throw new VergerError('E_INTERRUPTED', {}, { cause: error });
    throw failed(download, `${error instanceof Error ? error.message : String(error)}.`, error);
  }
}
