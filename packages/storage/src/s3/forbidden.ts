import type { ReadResult, VergerError } from '@verger/core';
import { withS3Attempts } from './attempts.ts';
import { dropBody } from './body.ts';
import { answerOf } from './faults.ts';
import { checkIsList } from './list.ts';
import { callOf, objectOf, type S3Target } from './target.ts';

/**
 * Says what a 403 for one object means. S3 answers 404 for a missing key only to who may list the bucket,
 * else 403. So: whoever may list (asked once a storage) is forbidden to read it. Of others the key that was
 * read last is read again: where that still goes, the permission is there and the object is not: `missing`.
 * Else, or when nothing was ever read: `forbidden`.
 */
export class ForbiddenJudge {
  readonly #target: S3Target;
  #mayList: Promise<boolean> | undefined;
  #lastRead: string | undefined;

  constructor(target: S3Target) {
    this.#target = target;
  }

  /** Remembers a key that could be read. */
  wasRead(key: string): void {
    this.#lastRead = key;
  }

  /**
   * What `error`, a refusal, means. Cost: one list the first time; where that is refused, one byte read.
   * Errors: those of `withAttempts`.
   */
  async missingOrForbidden(error: VergerError, signal?: AbortSignal): Promise<ReadResult> {
    this.#mayList ??= this.#askToList(signal);
    const asked = this.#mayList;
    const mayList = await asked.catch((failed: unknown) => {
      if (this.#mayList === asked) this.#mayList = undefined;
      throw failed;
    });
    const said = error.detail ?? '';
    if (mayList) return { status: 'forbidden', reason: said, error };
    if (this.#lastRead !== undefined && (await this.#canRead(this.#lastRead, signal)))
      return { status: 'missing' };
    const reason = `${said} It may also be missing: without s3:ListBucket, S3 does not say which.`;
    return { status: 'forbidden', reason, error };
  }

  async #askToList(signal?: AbortSignal): Promise<boolean> {
    const { connection, bucket, prefix } = this.#target;
    const call = callOf(this.#target, 'ListObjectsV2', { signal });
    return await withS3Attempts(connection, call, async ({ sdk, client, abortSignal }) => {
      const ask = { Bucket: bucket, MaxKeys: 1, ...(prefix === '' ? {} : { Prefix: prefix }) };
      return await client.send(new sdk.ListObjectsV2Command(ask), { abortSignal }).then((page) => {
        checkIsList(page);
        return true;
      }, refusedOrThrow);
    });
  }

  async #canRead(key: string, signal?: AbortSignal): Promise<boolean> {
    const call = callOf(this.#target, 'GetObject', { key, bytes: 1, signal });
    return await withS3Attempts(this.#target.connection, call, async ({ sdk, client, abortSignal }) => {
      const object = { ...objectOf(this.#target, key), Range: 'bytes=0-0' };
      return await client.send(new sdk.GetObjectCommand(object), { abortSignal }).then((answer) => {
        dropBody(answer.Body);
        return true;
      }, mayReadOrThrow);
    });
  }
}

/** An object without a byte has no first one: who is told so may read it. */
function mayReadOrThrow(error: unknown): boolean {
  return answerOf(error)?.status === 416 || refusedOrThrow(error);
}

/** False for an answer that refuses; what may heal, and what is about the credentials, is thrown. */
function refusedOrThrow(error: unknown): false {
  const answer = answerOf(error);
  const refuses =
    [403, 404].includes(answer?.status ?? 0) &&
    /denied|forbidden|nosuchkey|notfound/i.test(answer?.name ?? '');
  if (refuses) return false;
  throw error;
}
