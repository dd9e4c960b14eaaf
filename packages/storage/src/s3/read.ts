import { type ErrorCode, type ReadOptions, type ReadResult, VergerError } from '@verger/core';
import { withS3Attempts } from './attempts.ts';
import { answerOf } from './faults.ts';
import type { ForbiddenJudge } from './forbidden.ts';
import { attemptRead, type Found } from './read-attempt.ts';
import { callOf, type S3Target } from './target.ts';

/**
 * Taken from the byte budget for an object of which nothing is known. A larger one is asked for again with
 * its size.
 */
const UNKNOWN_BYTES = 8 * 1024 * 1024;

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
    const found = await withS3Attempts(target.connection, call, async (on) => {
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
