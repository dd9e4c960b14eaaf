import { isSealed, type Storage, VergerError } from '@verger/core';
import type { z } from 'zod';

const encoder = new TextEncoder();

/** A record as the bytes of its file: indented JSON and a line end. */
export function recordBytes(record: object): Uint8Array {
  return encoder.encode(`${JSON.stringify(record, null, 1)}\n`);
}

/**
 * The bytes of a file of the run, or undefined when it is not there. Errors: E_STORAGE when it may not be
 * read, or E_S3_… with what S3 said.
 */
export async function readFile(store: Storage, file: string): Promise<Uint8Array | undefined> {
  const result = await store.read(file);
  if (result.status === 'read') return result.bytes;
  if (result.status === 'missing') return undefined;
  const location = `${store.describe()}/${file}`;
  if (result.status !== 'forbidden')
    throw new VergerError('E_STORAGE', { location }, { detail: `Reading it gave: ${result.status}.` });
  throw new VergerError(result.error?.code ?? 'E_STORAGE', { location }, { detail: result.reason });
}

/** The bytes of a file that must be there. Errors: E_RUN_CORRUPT when it is not. */
export async function requireFile(store: Storage, file: string): Promise<Uint8Array> {
  const bytes = await readFile(store, file);
  if (bytes !== undefined) return bytes;
  throw new VergerError(
    'E_RUN_CORRUPT',
    { location: `${store.describe()}/${file}` },
    { detail: 'It is missing.' },
  );
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

/** sha256 of bytes, off this thread, as 64 hexadecimal characters. */
export async function sha256Async(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Buffer.from(digest).toString('hex');
}
