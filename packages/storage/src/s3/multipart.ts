import { createHash } from 'node:crypto';
import { withAttempts } from './attempts.ts';
import { answerOf } from './faults.ts';
import { headOrGet } from './read-attempt.ts';
import { callOf, objectOf, type S3Target } from './target.ts';

interface Part {
  readonly PartNumber: number;
  readonly ETag: string;
}

/**
 * Creates an object from parts, one after the other; the completion carries the condition, so until then nothing is to be seen.
 * What fails is aborted on the server. Where a completion was sent twice because its answer was lost, the ETag says whose object
 * stands there. Errors: those of `withAttempts`, and whatever the parts throw.
 */
export async function createParts(
  target: S3Target,
  key: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<'created' | 'exists'> {
  const UploadId = await begin(target, key);
  try {
    const parts: Part[] = [];
    for await (const piece of pieces) {
      parts.push(await sendPart(target, key, { UploadId, PartNumber: parts.length + 1, piece }));
    }
    const outcome = await complete(target, key, { UploadId, parts });
    if (outcome === 'exists') await abort(target, key, UploadId);
    return outcome;
  } catch (error) {
    // What stays of it costs money until the bucket's lifecycle removes it; the error is what counts.
    await abort(target, key, UploadId).catch(() => undefined);
    throw error;
  }
}

async function begin(target: S3Target, key: string): Promise<string> {
  const call = callOf(target, 'CreateMultipartUpload', { key });
  return await withAttempts(target.connection, call, async ({ sdk, client, abortSignal }) => {
    const command = new sdk.CreateMultipartUploadCommand(objectOf(target, key));
    const { UploadId } = await client.send(command, { abortSignal });
    if (UploadId === undefined) throw new Error('S3 gave no upload id');
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
  return await withAttempts(target.connection, call, async ({ sdk, client, abortSignal }) => {
    const object = {
      ...objectOf(target, key),
      UploadId,
      PartNumber,
      Body: piece,
      ContentLength: piece.byteLength,
    };
    const { ETag = '' } = await client.send(new sdk.UploadPartCommand(object), { abortSignal });
    return { PartNumber, ETag };
  });
}

async function complete(
  target: S3Target,
  key: string,
  { UploadId, parts }: { UploadId: string; parts: Part[] },
): Promise<'created' | 'exists'> {
  const call = callOf(target, 'CompleteMultipartUpload', { key });
  return await withAttempts(target.connection, call, async (on) => {
    const { sdk, client, abortSignal, earlier } = on;
    const object = objectOf(target, key);
    const upload = { ...object, UploadId, MultipartUpload: { Parts: parts }, IfNoneMatch: '*' };
    try {
      await client.send(new sdk.CompleteMultipartUploadCommand(upload), { abortSignal });
      return 'created';
    } catch (error) {
      const answer = answerOf(error);
      const gone = answer?.name === 'NoSuchUpload';
      if (answer?.status !== 412 && !gone) throw error;
      if (!earlier) {
        if (gone) throw error;
        return 'exists';
      }
      const { ETag } = await headOrGet(on, target, key);
      return ETag === etagOf(parts) ? 'created' : 'exists';
    }
  });
}

/** The ETag of an object made of parts: MD5 of the parts' MD5s, and their number. */
function etagOf(parts: readonly Part[]): string {
  const hash = createHash('md5');
  for (const { ETag } of parts) hash.update(Buffer.from(ETag.replaceAll('"', ''), 'hex'));
  return `"${hash.digest('hex')}-${parts.length}"`;
}

async function abort(target: S3Target, key: string, UploadId: string): Promise<void> {
  const call = callOf(target, 'AbortMultipartUpload', { key });
  await withAttempts(target.connection, call, async ({ sdk, client, abortSignal }) => {
    const upload = { ...objectOf(target, key), UploadId };
    await client
      .send(new sdk.AbortMultipartUploadCommand(upload), { abortSignal })
      .catch((error: unknown) => {
        if (answerOf(error)?.name !== 'NoSuchUpload') throw error;
      });
  });
}
