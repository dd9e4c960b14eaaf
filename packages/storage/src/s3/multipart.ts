import { createHash } from 'node:crypto';
import type { ReadResult } from '@verger/core';
import type { Window } from '../window.ts';
import { withS3Attempts } from './attempts.ts';
import { answerOf, BodyFault } from './faults.ts';
import { headOrGet } from './read-attempt.ts';
import { callOf, objectOf, type S3Target, versionOf } from './target.ts';

/** Reads a part of the object that is being created. */
export type ReadPart = (window: Window) => Promise<ReadResult>;

interface Part {
  readonly PartNumber: number;
  readonly ETag: string;
}

/** What a part holds, to know it again. */
interface Sent {
  readonly part: Part;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Creates an object from parts, one after the other; the completion carries the condition, so until then
 * nothing is to be seen. What fails is aborted on the server. Where a completion was sent twice because its
 * answer was lost, the ETag says whose object is there; where it is not the one that AWS gives, the parts
 * are read back. Errors: those of `withAttempts`, and whatever the parts throw.
 */
export async function createParts(
  target: S3Target,
  key: string,
  { pieces, readPart }: { pieces: AsyncIterable<Uint8Array>; readPart: ReadPart },
): Promise<'created' | 'exists'> {
  const UploadId = await begin(target, key);
  try {
    const sent: Sent[] = [];
    for await (const piece of pieces) {
      const part = await sendPart(target, key, { UploadId, PartNumber: sent.length + 1, piece });
      sent.push({ part, bytes: piece.byteLength, sha256: digestOf(piece) });
    }
    const parts = sent.map(({ part }) => part);
    const outcome = await complete(target, key, { UploadId, parts });
    if (outcome === 'created' || (outcome === 'perhaps' && (await isOurs(sent, readPart)))) return 'created';
    await abort(target, key, UploadId);
    return 'exists';
  } catch (error) {
    // What stays of it costs money until the bucket's lifecycle removes it; the error is what counts.
    await abort(target, key, UploadId).catch(() => undefined);
    throw error;
  }
}

async function begin(target: S3Target, key: string): Promise<string> {
  const call = callOf(target, 'CreateMultipartUpload', { key });
  return await withS3Attempts(target.connection, call, async ({ sdk, client, abortSignal }) => {
    const command = new sdk.CreateMultipartUploadCommand(objectOf(target, key));
    const { UploadId } = await client.send(command, { abortSignal });
    if (UploadId === undefined) throw new BodyFault('the answer has no upload id');
    return UploadId;
  });
}

async function sendPart(
  target: S3Target,
  key: string,
  part: { UploadId: string; PartNumber: number; piece: Uint8Array },
): Promise<Part> {
  const { UploadId, PartNumber, piece } = part;
  const call = callOf(target, 'UploadPart', { key, bytes: piece.byteLength });
  return await withS3Attempts(target.connection, call, async ({ sdk, client, abortSignal }) => {
    const object = {
      ...objectOf(target, key),
      UploadId,
      PartNumber,
      Body: piece,
      ContentLength: piece.byteLength,
    };
    const { ETag } = await client.send(new sdk.UploadPartCommand(object), { abortSignal });
    if (ETag === undefined) throw new BodyFault('the answer has no ETag of the part');
    return { PartNumber, ETag };
  });
}

async function complete(
  target: S3Target,
  key: string,
  { UploadId, parts }: { UploadId: string; parts: Part[] },
): Promise<'created' | 'exists' | 'perhaps'> {
  const call = callOf(target, 'CompleteMultipartUpload', { key });
  return await withS3Attempts(target.connection, call, async (on) => {
    const { sdk, client, abortSignal, earlier } = on;
    const object = objectOf(target, key);
    const upload = { ...object, UploadId, MultipartUpload: { Parts: parts }, IfNoneMatch: '*' };
    try {
      const command = new sdk.CompleteMultipartUploadCommand(upload);
      const { ETag } = await client.send(command, { abortSignal });
      if (ETag === undefined) throw new BodyFault('the answer has no ETag of the object');
      return 'created';
    } catch (error) {
      const answer = answerOf(error);
      const gone = answer?.name === 'NoSuchUpload';
      if (answer?.status !== 412 && !gone) throw error;
      if (!earlier) {
        if (gone) throw error;
        return 'exists';
      }
      const { ETag } = await headOrGet(on, target, key).catch((lost: unknown) => {
        if (!['NoSuchKey', 'NotFound'].includes(answerOf(lost)?.name ?? '')) throw lost;
        // It was ours, or in our way, and has been removed since.
        throw gone ? error : new BodyFault('the object in its place is gone');
      });
      // Another one says nothing: with KMS, and at other stores, ETags are no MD5s.
      return versionOf(ETag) === versionOf(etagOf(parts)) ? 'created' : 'perhaps';
    }
  });
}

/** The ETag of an object made of parts at AWS: MD5 of the parts' MD5s, and their number. */
function etagOf(parts: readonly Part[]): string {
  const hash = createHash('md5');
  for (const { ETag } of parts) hash.update(Buffer.from(ETag.replaceAll('"', ''), 'hex'));
  return `"${hash.digest('hex')}-${parts.length}"`;
}

function digestOf(piece: Uint8Array): string {
  return createHash('sha256').update(piece).digest('hex');
}

/** Reads an object back, part by part, and compares. Memory: one part. */
async function isOurs(sent: readonly Sent[], readPart: ReadPart): Promise<boolean> {
  const totalBytes = sent.reduce((sum, { bytes }) => sum + bytes, 0);
  let start = 0;
  for (const { bytes, sha256 } of sent) {
    const part = await readPart({ start, end: start + bytes });
    if (part.status !== 'read' || part.totalBytes !== totalBytes || digestOf(part.bytes) !== sha256)
      return false;
    start += bytes;
  }
  return true;
}

async function abort(target: S3Target, key: string, UploadId: string): Promise<void> {
  const call = callOf(target, 'AbortMultipartUpload', { key });
  await withS3Attempts(target.connection, call, async ({ sdk, client, abortSignal }) => {
    const upload = { ...objectOf(target, key), UploadId };
    await client
      .send(new sdk.AbortMultipartUploadCommand(upload), { abortSignal })
      .catch((error: unknown) => {
        if (answerOf(error)?.name !== 'NoSuchUpload') throw error;
      });
  });
}
