import type { ReadOptions, ReadResult } from '@verger/core';
import { type Window, windowOf } from '../window.ts';
import type { S3Attempt } from './attempts.ts';
import { BodyTooLong, collectBody, dropBody, readBody } from './body.ts';
import { getObjectFast, type ObjectAnswer } from './fast/fast-get.ts';
import { answerOf, BodyFault } from './faults.ts';
import { partOf, rangeHeader } from './range.ts';
import { objectOf, type S3Target, versionOf } from './target.ts';

/** More is held for a lie: memory for it is taken before its first byte comes. */
const MOST_BYTES = 2 * 1024 ** 3;

/** What one attempt found. `more`: its size, of which too little was taken from the budget. */
export type Found = ReadResult | { readonly status: 'more'; readonly bytes: number };

/** What is read, and how many bytes of the budget are there for it. */
export interface Asked {
  readonly key: string;
  readonly options: ReadOptions;
  readonly reserved: number;
}

/**
 * One attempt to read an object, or a part of it. Where a store does not answer with the part that was asked
 * for, the whole object is asked for, and what is not wanted of it is passed over. Errors: the SDK's;
 * BodyFault.
 */
export async function attemptRead(on: S3Attempt, target: S3Target, asked: Asked): Promise<Found> {
  const range = rangeHeader(asked.options);
  if (range === null) return (await head(on, target, asked.key)).found;
  if (range !== undefined) {
    const found = await attemptPart(on, target, { ...asked, range });
    if (found !== undefined) return found;
  }
  return await takeWhole(on, target, {
    ...asked,
    answer: await getObjectFast(on, objectOf(target, asked.key)),
  });
}

/** Undefined when the answer is of no use. */
async function attemptPart(
  on: S3Attempt,
  target: S3Target,
  asked: Asked & { range: string },
): Promise<Found | undefined> {
  const { key, options, range } = asked;
  const answer = await getObjectFast(on, { ...objectOf(target, key), Range: range }).catch(refusesRange);
  if (answer === undefined) {
    const { size, found } = await head(on, target, key);
    const wanted = size === undefined ? undefined : windowOf(size, options);
    return wanted?.start === wanted?.end && wanted !== undefined ? found : undefined;
  }
  // A store that does not know ranges gives all.
  if (answer.status === 200) return await takeWhole(on, target, { ...asked, answer });
  const part = partOf(answer.ContentRange, options);
  const bytes = part === undefined ? 0 : part.end - part.start;
  if (part === undefined || (answer.ContentLength ?? bytes) !== bytes) {
    dropBody(answer.Body);
    return undefined;
  }
  const body = { answer, length: bytes, window: { start: 0, end: bytes }, totalBytes: part.totalBytes };
  return await take(on, target, { ...asked, ...body }).catch((error: unknown) => {
    if (error instanceof BodyTooLong) return undefined;
    throw error;
  });
}

/** The range begins behind the end, or the store wants to hear of none: undefined. */
function refusesRange(error: unknown): undefined {
  const { status, name } = answerOf(error) ?? {};
  if (status === 416 || status === 501 || name === 'InvalidRange' || name === 'NotImplemented') return;
  throw error;
}

/** What is wanted of an answer that holds the whole object. */
async function takeWhole(
  on: S3Attempt,
  target: S3Target,
  whole: Asked & { answer: ObjectAnswer },
): Promise<Found> {
  const { answer, options } = whole;
  const length = answer.ContentLength;
  if (length === undefined) return await takeUnsized(on, target, whole);
  return await take(on, target, { ...whole, length, window: windowOf(length, options), totalBytes: length });
}

async function take(
  on: S3Attempt,
  target: S3Target,
  body: Asked & { answer: ObjectAnswer; length: number; window: Window; totalBytes: number },
): Promise<Found> {
  const { answer, length, window, totalBytes } = body;
  const wanted = window.end - window.start;
  const early = beforeBody(body, { wanted, totalBytes });
  if (early !== undefined) {
    dropBody(answer.Body);
    if (early instanceof BodyFault) throw early;
    return early;
  }
  const { stallMs } = target.connection.tuning;
  const bytes = await readBody(answer.Body, length, { stallMs, abortSignal: on.abortSignal, window });
  return { status: 'read', bytes, totalBytes, version: versionOf(answer.ETag) };
}

function beforeBody(
  { reserved, options }: Asked,
  { wanted, totalBytes }: { wanted: number; totalBytes: number },
): Found | BodyFault | undefined {
  if (wanted > (options.maxBytes ?? wanted)) return { status: 'too-large', totalBytes };
  if (!(wanted <= MOST_BYTES)) {
    return new BodyFault(`a body of ${wanted} bytes was announced; no file of verger is so large`);
  }
  return wanted > reserved ? { status: 'more', bytes: wanted } : undefined;
}

/** A body whose length the store does not say (chunked, or ended by closing): as far as it reaches. */
async function takeUnsized(
  on: S3Attempt,
  target: S3Target,
  { key, options, reserved, answer }: Asked & { answer: ObjectAnswer },
): Promise<Found> {
  const limit = options.range === undefined && options.lastBytes === undefined ? options.maxBytes : undefined;
  const most = Math.min(reserved, limit ?? MOST_BYTES);
  const { stallMs } = target.connection.tuning;
  const all = await collectBody(answer.Body, most, { stallMs, abortSignal: on.abortSignal });
  const size = all === undefined || answer.chunked === false ? (await head(on, target, key)).size : undefined;
  if (all === undefined) {
    if (most === limit) return { status: 'too-large', totalBytes: size ?? most + 1 };
    if (most === MOST_BYTES)
      throw new BodyFault(`more than ${most} bytes came; no file of verger is so large`);
    return { status: 'more', bytes: Math.min(Math.max(size ?? 0, reserved * 4), MOST_BYTES) };
  }
  // Where the end of the connection is the end of the body, a cut looks the same.
  if (size !== undefined && size !== all.byteLength) {
    throw new BodyFault(`the body ended after ${all.byteLength} of ${size} bytes`);
  }
  const { start, end } = windowOf(all.byteLength, options);
  if (end - start > (options.maxBytes ?? end)) return { status: 'too-large', totalBytes: all.byteLength };
  const bytes = all.subarray(start, end);
  return { status: 'read', bytes, totalBytes: all.byteLength, version: versionOf(answer.ETag) };
}

/** An object of which no byte is wanted; `size` is undefined where the store does not say it. */
async function head(
  on: S3Attempt,
  target: S3Target,
  key: string,
): Promise<{ readonly size: number | undefined; readonly found: Found }> {
  const { ContentLength: size, ETag } = await headOrGet(on, target, key);
  const version = versionOf(ETag);
  return { size, found: { status: 'read', bytes: new Uint8Array(0), totalBytes: size ?? 0, version } };
}

/**
 * HEAD, whose refusals have no word: of what is refused the whole object is asked for, whose refusal has one.
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
  const answer = await getObjectFast(on, object);
  dropBody(answer.Body);
  return answer;
}
