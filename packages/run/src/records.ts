import {
  fileError,
  type ImageRef,
  isSealed,
  MAX_CALIBRATION_BYTES,
  RUN_FILES,
  type Run,
  runLayout,
  type Storage,
  type StoredFile,
  VergerError,
} from '@verger/core';
import { parseListingPart } from '@verger/listing';
import type { z } from 'zod';

const encoder = new TextEncoder();

/** A record as the bytes of its file: indented JSON and a line end. */
export function recordBytes(record: object): Uint8Array {
  return encoder.encode(`${JSON.stringify(record, null, 1)}\n`);
}

/**
 * The bytes of a file of the run, or undefined when it is not there. Errors: E_STORAGE when it may not be
 * read, or E_S3_… with what S3 said; E_RUN_CORRUPT beyond `maxBytes`.
 */
export async function readFile(
  store: Storage,
  file: string,
  limits: { readonly maxBytes?: number } = {},
): Promise<Uint8Array | undefined> {
  const result = await store.read(file, limits);
  if (result.status === 'read') return result.bytes;
  if (result.status === 'missing') return undefined;
  if (result.status === 'forbidden')
    throw fileError(result.error?.code ?? 'E_STORAGE', { store, file }, result.reason);
  if (result.status === 'too-large')
    throw fileError('E_RUN_CORRUPT', { store, file }, `It has more than ${limits.maxBytes} bytes.`);
  throw fileError('E_STORAGE', { store, file }, `Reading it gave: ${result.status}.`);
}

/** The bytes of a file that must be there. Errors: E_RUN_CORRUPT when it is not. */
export async function requireFile(
  store: Storage,
  file: string,
  limits: { readonly maxBytes?: number } = {},
): Promise<Uint8Array> {
  const bytes = await readFile(store, file, limits);
  if (bytes === undefined) throw fileError('E_RUN_CORRUPT', { store, file }, 'It is missing.');
  return bytes;
}

/**
 * The bytes of a file whose hash the manifest names. Errors: E_RUN_CORRUPT when it is missing or has other
 * bytes.
 */
export async function requireFrozen(
  file: {
    readonly store: Storage;
    readonly file: string;
    readonly partition?: number;
    readonly maxBytes?: number;
  },
  sha256: string | undefined,
): Promise<Uint8Array> {
  const { maxBytes } = file;
  const bytes = await requireFile(file.store, file.file, maxBytes === undefined ? {} : { maxBytes });
  if ((await sha256Async(bytes)) === sha256) return bytes;
  throw fileError('E_RUN_CORRUPT', file, 'Its sha256 does not match the manifest.');
}

/**
 * The bytes of `calibration.json` as the fingerprint names them; undefined for a run with float32. Errors:
 * E_RUN_CORRUPT.
 */
export async function readCalibrationFile({
  manifest,
  store,
}: Pick<Run, 'manifest' | 'store'>): Promise<Uint8Array | undefined> {
  const { calibrationSha256 } = manifest.fingerprint;
  if (calibrationSha256 === undefined) return undefined;
  const file = { store, file: RUN_FILES.calibration, maxBytes: MAX_CALIBRATION_BYTES };
  return await requireFrozen(file, calibrationSha256);
}

/** The listing part of a partition, as the manifest names it. Errors: E_RUN_CORRUPT. */
export async function readListing(
  { manifest, store }: Pick<Run, 'manifest' | 'store'>,
  partition: number,
): Promise<ImageRef[]> {
  const file = runLayout(manifest.partDigits).listing(partition);
  const { sha256 } = manifest.partitions[partition] ?? {};
  return parseListingPart(await requireFrozen({ store, file, partition }, sha256));
}

/**
 * A JSON record checked by its schema, and by its self-hash where it has one. Errors: E_RUN_CORRUPT with the
 * place.
 */
export function parseRecord<T extends object>(bytes: Uint8Array, schema: z.ZodType<T>, location: string): T {
  const corrupt = (detail: string) => new VergerError('E_RUN_CORRUPT', { location }, { detail });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw corrupt(`It is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw corrupt(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'not valid'}.`);
  }
  const record = parsed.data;
  if ('selfHash' in record && !isSealed(record as { selfHash: string })) {
    throw corrupt('Its self-hash does not match: it was modified.');
  }
  return record;
}

/** A record of the run, or undefined when it is not there. */
export async function readRecord<T extends object>(
  store: Storage,
  file: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const bytes = await readFile(store, file);
  return bytes === undefined ? undefined : parseRecord(bytes, schema, `${store.describe()}/${file}`);
}

/**
 * Creates a file that is a function of others, so one that is there already should be the same bytes:
 * `differs` when it is not.
 */
export async function createOrCompare(
  store: Storage,
  file: string,
  bytes: Uint8Array,
): Promise<'created' | 'same' | 'differs'> {
  if ((await store.create(file, bytes)) === 'created') return 'created';
  return Buffer.compare(await requireFile(store, file), bytes) === 0 ? 'same' : 'differs';
}

/** Hash and size of bytes that are, or are to be, a file of the run. */
export async function storedFileOf(bytes: Uint8Array): Promise<StoredFile> {
  return { sha256: await sha256Async(bytes), bytes: bytes.byteLength };
}

/** sha256 of bytes, off this thread, as 64 hexadecimal characters. */
export async function sha256Async(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Buffer.from(digest).toString('hex');
}
