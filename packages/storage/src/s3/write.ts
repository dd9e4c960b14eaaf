import type { ReadOptions, ReadResult } from '@verger/core';
import { type S3Attempt, withS3Attempts } from './attempts.ts';
import { answerOf } from './faults.ts';
import { createParts } from './multipart.ts';
import { callOf, objectOf, type S3Target } from './target.ts';

/** Reads an object, or a part of it. */
export type ReadBack = (key: string, options: ReadOptions) => Promise<ReadResult>;

/** Creations of an object that was there and is gone when it is read back. */
const MOST_CREATIONS = 4;

/**
 * Creates an object whole or not at all. Bytes, and streams of up to `partBytes`, are one conditional put;
 * longer streams are sent in parts, and the completion is conditional. A 412 after an attempt whose answer
 * was lost is told apart by reading back: our own bytes are `created`. Memory: one part. Errors: those of
 * `withAttempts`, and whatever the body throws.
 */
export async function createObject(
  target: S3Target,
  key: string,
  { body, readBack }: { body: Uint8Array | AsyncIterable<Uint8Array>; readBack: ReadBack },
): Promise<'created' | 'exists'> {
  if (body instanceof Uint8Array) return await createWhole(target, key, { body, readBack });
  const pieces = gathered(body, target.connection.tuning.partBytes);
  const first = await pieces.next();
  if (first.done === true) return await createWhole(target, key, { body: new Uint8Array(0), readBack });
  const second = await pieces.next();
  if (second.done === true) return await createWhole(target, key, { body: first.value, readBack });
  return await createParts(target, key, {
    pieces: again([first.value, second.value], pieces),
    readPart: async (range) => await readBack(key, { range }),
  });
}

async function createWhole(
  target: S3Target,
  key: string,
  { body, readBack }: { body: Uint8Array; readBack: ReadBack },
): Promise<'created' | 'exists'> {
  const call = callOf(target, 'PutObject', { key, bytes: body.byteLength });
  for (let creations = 1; ; creations += 1) {
    const put = await withS3Attempts(target.connection, call, async (on) => {
      try {
        await sendPut(on, target, { key, body, condition: { IfNoneMatch: '*' } });
        return 'created';
      } catch (error) {
        if (answerOf(error)?.status !== 412) throw error;
        return on.earlier ? 'perhaps' : 'exists';
      }
    });
    if (put !== 'perhaps') return put;
    const there = await readBack(key, { maxBytes: body.byteLength });
    if (there.status === 'missing' && creations < MOST_CREATIONS) continue;
    return there.status === 'read' && Buffer.compare(there.bytes, body) === 0 ? 'created' : 'exists';
  }
}

/** Writes an object over what is there. Errors: those of `withAttempts`. */
export async function replaceObject(target: S3Target, key: string, body: Uint8Array): Promise<void> {
  const call = callOf(target, 'PutObject', { key, bytes: body.byteLength });
  await withS3Attempts(target.connection, call, async (on) => {
    await sendPut(on, target, { key, body, condition: {} });
  });
}

/** Removes an object; S3 does not mind when it is not there. Errors: those of `withAttempts`. */
export async function removeObject(target: S3Target, key: string): Promise<void> {
  await withS3Attempts(target.connection, callOf(target, 'DeleteObject', { key }), async (on) => {
    const { sdk, client, abortSignal } = on;
    try {
      await client.send(new sdk.DeleteObjectCommand(objectOf(target, key)), { abortSignal });
    } catch (error) {
      if (answerOf(error)?.name !== 'NoSuchKey') throw error;
    }
  });
}

async function sendPut(
  { sdk, client, abortSignal }: S3Attempt,
  target: S3Target,
  put: { key: string; body: Uint8Array; condition: { IfNoneMatch?: '*' } },
): Promise<void> {
  const { key, body, condition } = put;
  const object = { ...objectOf(target, key), Body: body, ContentLength: body.byteLength, ...condition };
  await client.send(new sdk.PutObjectCommand(object), { abortSignal });
}

/**
 * A body in pieces of that many bytes; the last may be shorter, none is empty. A piece grows with what comes:
 * one of full size for each of many small bodies was 8 MiB of zeros an image, and two thirds of the CPU time
 * of copying them [M].
 */
async function* gathered(body: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(0);
  let filled = 0;
  for await (const chunk of body) {
    for (let done = 0; done < chunk.length; ) {
      const some = chunk.subarray(done, done + bytes - filled);
      if (filled + some.length > piece.length) {
        const larger = new Uint8Array(Math.min(bytes, Math.max(filled + some.length, 2 * piece.length)));
        larger.set(piece.subarray(0, filled));
        piece = larger;
      }
      piece.set(some, filled);
      filled += some.length;
      done += some.length;
      if (filled < bytes) continue;
      yield piece;
      piece = new Uint8Array(0);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

async function* again<T>(first: readonly T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield* first;
  yield* rest;
}
