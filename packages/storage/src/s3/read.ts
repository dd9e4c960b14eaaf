import { type ErrorCode, type ReadOptions, type ReadResult, VergerError } from '@verger/core';
import { type S3Attempt, withAttempts } from './attempts.ts';
import { dropBody, readBody } from './body.ts';
import { answerOf, BodyFault } from './faults.ts';
import type { ForbiddenJudge } from './forbidden.ts';
import { getObject } from './light-get.ts';
import { callOf, objectOf, type S3Target, versionOf } from './target.ts';

/** Taken from the byte budget for an object of which nothing is known. A larger one is asked for again with its size. */
const UNKNOWN_BYTES = 8 * 1024 * 1024;

/** More is held for a lie: memory for it is taken before its first byte comes. */
const MOST_BYTES = 2 * 1024 ** 3;

/** What one attempt found. `more`: its size, of which too little was taken from the budget. */
type Found = ReadResult | { readonly status: 'more'; readonly bytes: number };

/** Reads one object as `Storage.read` says. Errors: those of `withAttempts`. */
export async function readObject(
  target: S3Target,
  { key, options = {}, judge }: { key: string; options?: ReadOptions | undefined; judge: ForbiddenJudge },
): Promise<ReadResult> {
  const { signal } = options;
  signal?.throwIfAborted();
  let bytes = bytesExpected(options);
  for (;;) {
    const reserved = bytes;
    const call = callOf(target, 'GetObject', { key, bytes, signal });
    const found = await withAttempts(target.connection, call, async (on) => {
      try {
        return await attemptRead(on, target, { key, options, reserved });
      } catch (error) {
        return missing(error);
      }
    }).catch(refusal);
    if (found instanceof VergerError) return await judge.missingOrForbidden(found, signal);
    if (found.status === 'more') bytes = found.bytes;
    else {
      if (found.status === 'read') judge.wasRead(key);
      return found;
    }
  }
}

function bytesExpected({ maxBytes, lastBytes, range }: ReadOptions): number {
  const wanted = range === undefined ? lastBytes : Math.max(0, range.end - range.start);
  return Math.min(maxBytes ?? UNKNOWN_BYTES, wanted ?? UNKNOWN_BYTES);
}

/** What is not there is a value. */
function missing(error: unknown): Found {
  const name = answerOf(error)?.name ?? '';
  // What a path of a file system cannot be is not there.
  const none = ['NoSuchKey', 'NotFound', 'NoSuchVersion', 'KeyTooLongError', 'KeyTooLong'];
  if (none.includes(name)) return { status: 'missing' };
  throw error;
}

/**
 * Refusals that may be about the one object; all others are about the credentials, the bucket or the way
 * there.
 */
const OF_OBJECT: readonly ErrorCode[] = ['E_S3_ACCOUNT', 'E_S3_ARCHIVED', 'E_S3_ENCRYPTED', 'E_S3_REFUSED'];

/**
 * A refusal of the object is a value; one that may also mean that it is not there comes back for the judge.
 */
function refusal(error: unknown): Found | VergerError {
  if (!(error instanceof VergerError)) throw error;
  if (error.code === 'E_S3_FORBIDDEN') return error;
  if (OF_OBJECT.includes(error.code)) return { status: 'forbidden', reason: error.detail ?? '', error };
  throw error;
}

async function attemptRead(
  on: S3Attempt,
  target: S3Target,
  { key, options, reserved }: { key: string; options: ReadOptions; reserved: number },
): Promise<Found> {
  const range = rangeHeader(options);
  if (range === null) return await attemptHead(on, target, key);
  const object = objectOf(target, key);
  try {
    const answer = await getObject(on, range === undefined ? object : { ...object, Range: range });
    const length = answer.ContentLength ?? 0;
    const totalBytes = totalOf(answer.ContentRange) ?? length;
    // A store that does not know ranges gives all.
    const part = answer.ContentRange === undefined ? bytesWanted(totalBytes, options) : undefined;
    const wanted = part === undefined ? length : part.end - part.start;
    if (wanted > (options.maxBytes ?? wanted)) {
      dropBody(answer.Body);
      return { status: 'too-large', totalBytes };
    }
    if (!(length <= MOST_BYTES)) {
      dropBody(answer.Body);
      throw new BodyFault(`a body of ${length} bytes was announced; no file of verger is so large`);
    }
    if (length > reserved) {
      dropBody(answer.Body);
      return { status: 'more', bytes: length };
    }
    const { stallMs } = target.connection.tuning;
    const all = await readBody(answer.Body, length, { stallMs, abortSignal: on.abortSignal });
    const bytes = part === undefined ? all : all.subarray(part.start, part.end);
    return { status: 'read', bytes, totalBytes, version: versionOf(answer.ETag) };
  } catch (error) {
    // The range begins behind the end.
    if (range !== undefined && answerOf(error)?.status === 416) return await attemptHead(on, target, key);
    throw error;
  }
}

/** An object of which no byte is wanted. */
async function attemptHead(on: S3Attempt, target: S3Target, key: string): Promise<Found> {
  const head = await headOrGet(on, target, key);
  return {
    status: 'read',
    bytes: new Uint8Array(0),
    totalBytes: head.ContentLength ?? 0,
    version: versionOf(head.ETag),
  };
}

/**
 * HEAD, whose refusals have no word: of what is refused the whole object is asked for, whose refusal has one.
 * Errors: the SDK's.
 */
export async function headOrGet(
  on: S3Attempt,
  target: S3Target,
  key: string,
): Promise<{ ContentLength?: number | undefined; ETag?: string | undefined }> {
  const { sdk, client, abortSignal } = on;
  const object = objectOf(target, key);
  try {
    return await client.send(new sdk.HeadObjectCommand(object), { abortSignal });
  } catch (error) {
    const status = answerOf(error)?.status ?? 0;
    if (status < 400 || status >= 500) throw error;
  }
  const answer = await getObject(on, object);
  dropBody(answer.Body);
  return answer;
}

/** RFC 9110 14.1.2. Undefined for the whole object, null where no byte is wanted. */
function rangeHeader({ lastBytes, range }: ReadOptions): string | undefined | null {
  if (range !== undefined) {
    return range.end > range.start ? `bytes=${range.start}-${range.end - 1}` : null;
  }
  if (lastBytes === undefined) return undefined;
  return lastBytes > 0 ? `bytes=-${lastBytes}` : null;
}

/** The object's size in `bytes 0-99/1234`. */
function totalOf(contentRange: string | undefined): number | undefined {
  const total = /\/(\d+)$/.exec(contentRange ?? '')?.[1];
  return total === undefined ? undefined : Number(total);
}

/** The half-open part of an object of that size which the options ask for. */
function bytesWanted(size: number, { lastBytes, range }: ReadOptions): { start: number; end: number } {
  if (range === undefined) return { start: size - Math.min(size, lastBytes ?? size), end: size };
  const start = Math.min(size, range.start);
  return { start, end: Math.max(start, Math.min(size, range.end)) };
}
