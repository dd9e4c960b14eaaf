import { constants, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ProxyOptions, VergerError } from '@verger/core';
import { hdf5FileBytes } from './hdf5.ts';
import { type HttpBody, type HttpClient, HttpFault, type HttpOptions, httpClient } from './http-get.ts';
import { makeFolder } from './make-folder.ts';

/**
 * `totalBytes` is null while the server has not said it. `receivedBytes` counts what an earlier attempt left.
 */
export interface DownloadProgress {
  readonly receivedBytes: number;
  readonly totalBytes: number | null;
}

/** Milliseconds to connect, and without a byte. */
export type DownloadTimeouts = HttpOptions['timeouts'];

/** A download of one HDF5 file to a path. */
export interface Download {
  readonly url: string;
  readonly path: string;
  readonly timeouts: DownloadTimeouts;
  readonly proxies?: ProxyOptions | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const bytesOf = async (path: string) => (await stat(path).catch(() => undefined))?.size ?? 0;

function failed(download: Download, reason: string, cause?: unknown): VergerError {
  const place = { location: download.url, path: download.path };
  return new VergerError('E_WEIGHTS_DOWNLOAD', place, { detail: reason, cause });
}

/**
 * Writes the answer into the part file, each piece at its own offset: a second process that fetches the same
 * file at the same time writes the same bytes to the same places, so neither can spoil the other. True when
 * the answer came to its end; false when it was cut.
 */
async function writePart(
  part: string,
  { start, totalBytes, pieces }: HttpBody,
  download: Download,
): Promise<boolean> {
  const file = await open(part, constants.O_RDWR | constants.O_CREAT);
  let at = start;
  try {
    for await (const piece of pieces ?? []) {
      await file.write(piece, 0, piece.length, at);
      at += piece.length;
      download.onProgress?.({ receivedBytes: at, totalBytes });
    }
    await file.truncate(at);
    return true;
  } catch (error) {
    download.signal?.throwIfAborted();
    if (!(error instanceof HttpFault && error.cut)) throw error;
    return at === totalBytes;
  } finally {
    await file.sync();
    await file.close();
  }
}

/** One request: from where the part file ends to the end of the file. True when it is whole. */
async function fetchOnce(part: string, client: HttpClient, download: Download): Promise<boolean> {
  const have = await bytesOf(part);
  const body = await client.get(download.url, have, download.signal);
  if (body.pieces !== null) return await writePart(part, body, download);
  if (body.totalBytes === have) return true;
  await rm(part, { force: true });
  return false;
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
async function fetchAll(part: string, client: HttpClient, download: Download): Promise<void> {
  for (let before = -1; !(await isWhole(download.path)); ) {
    const have = await bytesOf(part);
    // A cut connection is taken up again as long as each one brings something.
    if (have === before) throw failed(download, 'The connection breaks again and again.');
    before = have;
    if (await fetchOnce(part, client, download)) return;
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
  throw failed(download, 'The download is not a complete HDF5 file and was discarded.');
}

/**
 * Downloads an HDF5 file: into `<path>.part`, continued from there when a connection is cut (now, or in the
 * next process), renamed when it is whole. Errors: E_WEIGHTS_DOWNLOAD with the URL and the path; what has
 * come stays for the next time.
 */
export async function downloadFile(download: Download): Promise<void> {
  const part = `${download.path}.part`;
  const client = httpClient(download);
  try {
    await makeFolder(dirname(download.path));
    await fetchAll(part, client, download);
    await settle(part, download);
  } catch (error) {
    if (error instanceof VergerError) throw error;
    if (download.signal?.aborted === true) throw new VergerError('E_INTERRUPTED', {}, { cause: error });
    throw failed(download, `${error instanceof Error ? error.message : String(error)}.`, error);
  } finally {
    await client.close();
  }
}
