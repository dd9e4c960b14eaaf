import type { S3Call } from './attempts.ts';
import type { S3Connection } from './connection.ts';
import { type S3Place, s3Location } from './place.ts';

/** One storage: its place, and the connection that it shares with others. */
export interface S3Target extends S3Place {
  readonly connection: S3Connection;
}

/** How S3 names one of its objects. */
export function objectOf({ bucket, prefix }: S3Place, key: string): { Bucket: string; Key: string } {
  return { Bucket: bucket, Key: `${prefix}${key}` };
}

/** A call about one key, or about the storage. */
export function callOf(
  target: S3Place,
  operation: string,
  { key, bytes = 0, signal }: { key?: string; bytes?: number; signal?: AbortSignal | undefined } = {},
): S3Call {
  const location = s3Location(target);
  return { operation, place: key === undefined ? { location } : { path: key, location }, bytes, signal };
}

/** `etag:…`, as listings and answers give it. Errors: none; an object without one has the version `etag:`. */
export function versionOf(etag: string | undefined): string {
  return `etag:${(etag ?? '').replace(/^W\//, '').replace(/^"|"$/g, '')}`;
}
