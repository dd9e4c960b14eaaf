import { forEachBounded, type ImageErrorCode, type ImageRef, type Storage, VergerError } from '@verger/core';
import { refusalCode } from './read-image.ts';

/** Bytes of an image in memory at once. */
const PIECE_BYTES = 4 * 1024 * 1024;
const IMAGES_AT_ONCE = 16;

/** What `copyImages` did. */
export interface Copied {
  readonly copied: number;
  /** Those that were there already, with the same bytes. */
  readonly already: number;
  /** Bytes of all of them. */
  readonly bytes: number;
}

/**
 * The place that images are copied to holds nothing, or only such images: what an earlier call had copied.
 * Gives whether it holds nothing. Both are read in byte order, so memory is small. Errors: E_OUTPUT_NOT_EMPTY
 * naming the first other file; E_OUTPUT_NOT_WRITABLE when it is no folder; the signal's reason.
 */
export async function checkCopyTarget(
  to: Storage,
  images: AsyncIterable<ImageRef>,
  signal?: AbortSignal,
): Promise<{ readonly empty: boolean }> {
  const there = entriesOf(to, signal)[Symbol.asyncIterator]();
  let next = await there.next();
  const empty = next.done === true;
  const refuse = (path: string) => new VergerError('E_OUTPUT_NOT_EMPTY', { path, location: to.describe() });
  for await (const { path } of images) {
    if (next.done === true) return { empty };
    const order = Buffer.compare(Buffer.from(next.value), Buffer.from(path));
    if (order < 0) throw refuse(next.value);
    if (order === 0) next = await there.next();
  }
  if (next.done !== true) throw refuse(next.value);
  return { empty };
}

async function* entriesOf(to: Storage, signal: AbortSignal | undefined): AsyncGenerator<string> {
  try {
    for await (const { key } of to.list({ signal })) yield key;
  } catch (error) {
    if (!(error instanceof VergerError)) throw error;
    if (error.code === 'E_INPUT_MISSING') return;
    if (error.code !== 'E_INPUT_UNREADABLE') throw error;
    throw new VergerError('E_OUTPUT_NOT_WRITABLE', { location: to.describe() }, { detail: error.detail });
  }
}

/**
 * Copies images with their paths, create-only: nothing is overwritten, and a call that was stopped goes on
 * where it was. Memory: a few pieces of 4 MiB. Errors: E_IMG_… with the first path that cannot be read as it
 * was listed; E_OUTPUT_NOT_EMPTY where a file with other bytes is in the way; those of the storages; the
 * signal's reason.
 */
export async function copyImages(
  { from, to }: { from: Storage; to: Storage },
  images: AsyncIterable<ImageRef>,
  {
    signal,
    done = () => {},
    empty = false,
  }: {
    signal: AbortSignal;
    done?: (image: ImageRef) => void;
    /** Nothing was there: then nothing is looked for before it is created, which halves the requests. */
    empty?: boolean;
  },
): Promise<Copied> {
  let copied = 0;
  let already = 0;
  let bytes = 0;
  await forEachBounded(images, IMAGES_AT_ONCE, async (image) => {
    signal.throwIfAborted();
    const pieces = () => readPieces(from, image, signal);
    const there = empty ? undefined : await sizeOf(to, image.path);
    if (there === undefined && (await to.create(image.path, pieces())) === 'created') copied += 1;
    else if (await sameBytes(to, image, pieces())) already += 1;
    else {
      const detail = 'A file with other content is already there.';
      throw new VergerError('E_OUTPUT_NOT_EMPTY', { path: image.path, location: to.describe() }, { detail });
    }
    bytes += image.bytes;
    done(image);
  });
  return { copied, already, bytes };
}

async function sizeOf(storage: Storage, path: string): Promise<number | undefined> {
  const read = await storage.read(path, { lastBytes: 1 });
  return read.status === 'read' ? read.totalBytes : undefined;
}

/**
 * An image in pieces. Every piece must be of the version that was listed, or the copy would be of two images.
 */
async function* readPieces(from: Storage, image: ImageRef, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const fail = (code: ImageErrorCode, detail?: string) =>
    new VergerError(code, { path: image.path, location: from.describe() }, { detail });
  for (let start = 0; start === 0 || start < image.bytes; start += PIECE_BYTES) {
    const read = await from.read(image.path, { range: { start, end: start + PIECE_BYTES }, signal });
    if (read.status === 'missing') throw fail('E_IMG_MISSING');
    if (read.status === 'forbidden') throw fail(refusalCode(read), read.reason);
    if (read.status !== 'read' || read.totalBytes !== image.bytes || read.version !== image.version) {
      throw fail('E_IMG_CHANGED');
    }
    yield read.bytes;
  }
}

async function sameBytes(to: Storage, image: ImageRef, pieces: AsyncIterable<Uint8Array>): Promise<boolean> {
  if ((await sizeOf(to, image.path)) !== image.bytes) return false;
  let start = 0;
  for await (const piece of pieces) {
    const range = { start, end: start + PIECE_BYTES };
    const read = await to.read(image.path, { range });
    if (read.status !== 'read' || Buffer.compare(read.bytes, piece) !== 0) return false;
    start += PIECE_BYTES;
  }
  return true;
}
