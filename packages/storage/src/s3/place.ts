import { VergerError } from '@verger/core';
import { keyFault } from '../names.ts';

/** A bucket, and what the keys of one storage in it begin with: nothing, or a text that ends in '/'. */
export interface S3Place {
  readonly bucket: string;
  readonly prefix: string;
}

const LOCATION = /^s3:\/\/([^/]*)(?:\/(.*))?$/is;
/**
 * Also names of before 2018 (capitals, `_`):
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/** True for what `parseS3Location` is to be asked. */
export function isS3Location(location: string): boolean {
  return /^s3:\/\//i.test(location);
}

/**
 * The place that `s3://bucket/prefix` names; nothing in it is decoded, a '/' at its end does not count.
 * Errors: E_USAGE.
 */
export function parseS3Location(location: string): S3Place {
  const [, bucket = '', rest = ''] = LOCATION.exec(location) ?? [];
  const usage = (detail: string) => new VergerError('E_USAGE', { location }, { detail });
  if (!BUCKET.test(bucket)) throw usage('It must be s3://BUCKET/PREFIX with a valid bucket name.');
  const prefix = rest.replace(/\/+$/, '');
  if (prefix === '') return { bucket, prefix };
  const fault = keyFault(prefix, { temporary: true });
  if (fault !== undefined) throw usage(`The prefix is not valid. ${fault}`);
  return { bucket, prefix: `${prefix}/` };
}

/** The location of a place as a user would name it, without a '/' at its end. */
export function s3Location({ bucket, prefix }: S3Place): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix.slice(0, -1)}`}`;
}
