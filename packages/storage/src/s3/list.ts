import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { type ListOptions, type StoredEntry, VergerError } from '@verger/core';
import { escapeName, keyFault } from '../names.ts';
import { withS3Attempts } from './attempts.ts';
import { BodyFault } from './faults.ts';
import { s3Location } from './place.ts';
import { callOf, type S3Target, versionOf } from './target.ts';

/** A page of 1,000 keys of 1,024 bytes in XML, with what is around each. */
const PAGE_BYTES = 2 * 1024 * 1024;

/** Storage classes whose bytes are given only after a restore; GLACIER_IR gives them at once. */
const ARCHIVED: readonly string[] = ['GLACIER', 'DEEP_ARCHIVE'];

/**
 * The entries of a storage as `Storage.list` says; the next page is fetched while one is read. Keys that are
 * no paths (empty segments, `.`, `..`) come as `refused`; objects of no bytes whose key ends in '/' are S3's
 * stand-ins for folders, and left out. Errors: those of `withAttempts`; E_S3_ORDER when the store does not
 * list in byte order; E_S3_STORE when it does not say how a list goes on.
 */
export async function* listObjects(target: S3Target, options: ListOptions = {}): AsyncGenerator<StoredEntry> {
  const { signal } = options;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const left = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', left);
  const fetch = async (token?: string) => await fetchPage(target, options, { token, signal: stop.signal });
  let last: string | undefined;
  let token: string | undefined;
  try {
    for (let page = await fetch(); ; ) {
      signal?.throwIfAborted();
      token = tokenAfter(page, target, token);
      const next = token === undefined ? undefined : fetch(token);
      next?.catch(() => undefined); // thrown where it is awaited, below
      for (const { raw, entry } of entriesOf(page, target)) {
        if (last !== undefined && compareBytes(last, raw) >= 0) throw disorder(target, last, raw);
        last = raw;
        if (entry !== undefined) yield entry;
      }
      if (next === undefined) return;
      page = await next;
    }
  } finally {
    signal?.removeEventListener('abort', left);
    stop.abort(new Error('the list was left'));
  }
}

/** What the next page is asked for with; undefined for the last page. Errors: E_S3_STORE. */
function tokenAfter(
  { IsTruncated, NextContinuationToken: next }: ListObjectsV2CommandOutput,
  target: S3Target,
  sent: string | undefined,
): string | undefined {
  if (IsTruncated !== true) return undefined;
  if (next !== undefined && next !== '' && next !== sent) return next;
  const detail = next
    ? 'A page of its list is to be followed by the same page.'
    : 'It says that its list goes on, and not how (IsTruncated without NextContinuationToken).';
  throw new VergerError('E_S3_STORE', { location: s3Location(target) }, { detail });
}

/** Errors: BodyFault for an answer that is of something else, such as the page of a gateway. */
export function checkIsList({ Name, IsTruncated, KeyCount, Contents }: ListObjectsV2CommandOutput): void {
  const isList = [Name, IsTruncated, KeyCount, Contents].some((field) => field !== undefined);
  if (!isList) throw new BodyFault('the answer is no list of S3');
}

async function fetchPage(
  target: S3Target,
  { prefix = '', shallow = false }: ListOptions,
  { token, signal }: { token: string | undefined; signal: AbortSignal },
): Promise<ListObjectsV2CommandOutput> {
  const whole = `${target.prefix}${prefix}`;
  const ask = {
    Bucket: target.bucket,
    EncodingType: 'url' as const,
    ...(whole === '' ? {} : { Prefix: whole }),
    ...(shallow ? { Delimiter: '/' } : {}),
    ...(token === undefined ? {} : { ContinuationToken: token }),
  };
  const call = callOf(target, 'ListObjectsV2', { bytes: PAGE_BYTES, signal });
  return await withS3Attempts(target.connection, call, async ({ sdk, client, abortSignal }) => {
    const page = await client.send(new sdk.ListObjectsV2Command(ask), { abortSignal });
    checkIsList(page);
    return page;
  });
}

/** One thing of a page: its key as a byte string, and its entry where it is one. */
interface Listed {
  readonly raw: string;
  readonly entry: StoredEntry | undefined;
}

/** Objects and folders of a page, in byte order of their keys. */
function entriesOf(page: ListObjectsV2CommandOutput, target: S3Target): Listed[] {
  const decode = page.EncodingType === 'url' ? decodeKey : rawOfText;
  const objects = (page.Contents ?? []).map(({ Key = '', Size = 0, ETag, StorageClass }) => {
    const archived = ARCHIVED.includes(StorageClass ?? '') ? { archived: true as const } : {};
    return listed(decode(Key), target, { bytes: Size, version: versionOf(ETag), ...archived });
  });
  const folders = (page.CommonPrefixes ?? []).map(({ Prefix = '' }) =>
    listed(decode(Prefix), target, undefined),
  );
  if (folders.length === 0) return objects;
  return [...objects, ...folders].sort((a, b) => compareBytes(a.raw, b.raw));
}

function listed(
  raw: string,
  target: S3Target,
  object: Pick<StoredEntry, 'bytes' | 'version' | 'archived'> | undefined,
): Listed {
  const text = Buffer.from(raw, 'latin1').toString('utf8');
  const odd = Buffer.from(text, 'utf8').toString('latin1') !== raw;
  const whole = odd ? Buffer.from(escapeName(raw), 'latin1').toString('utf8') : text;
  const key = whole.slice(target.prefix.length);
  if (key === '') return { raw, entry: undefined };
  const isFolder = key.endsWith('/');
  if (object !== undefined && isFolder && object.bytes === 0) return { raw, entry: undefined };
  const fault = keyFault(object === undefined ? key.slice(0, -1) : key, { temporary: true });
  const entry: StoredEntry = { key, ...(object ?? { bytes: 0, version: '' }) };
  if (odd) return { raw, entry: { ...entry, refused: 'E_IMG_NAME' } };
  return { raw, entry: fault === undefined ? entry : { ...entry, refused: 'E_IMG_KEY' } };
}

/** `EncodingType: url` is that of forms: `+` is a blank. Gives a byte string (one character a byte). */
function decodeKey(text: string): string {
  return text
    .replaceAll('+', ' ')
    .split(/(%[0-9a-f]{2})/i)
    .map((piece, index) =>
      index % 2 === 0 ? rawOfText(piece) : String.fromCharCode(Number.parseInt(piece.slice(1), 16)),
    )
    .join('');
}

function rawOfText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Byte strings compare as their bytes. */
function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function disorder(target: S3Target, before: string, after: string): VergerError {
  const shown = (raw: string) => JSON.stringify(Buffer.from(raw, 'latin1').toString('utf8'));
  const detail = `It listed ${shown(before)} before ${shown(after)}.`;
  return new VergerError('E_S3_ORDER', { location: s3Location(target) }, { detail });
}
