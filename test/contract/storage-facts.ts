import assert from 'node:assert/strict';
import type { ListOptions, ReadResult, Storage, StoredEntry } from '@verger/core';

/** Registers one test on an empty storage. */
export type Fact = (title: string, body: (storage: Storage) => Promise<void>) => void;

/** A text as UTF-8. */
export const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Everything a list gives. */
export async function entriesOf(storage: Storage, options?: ListOptions): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = [];
  for await (const entry of storage.list(options)) entries.push(entry);
  return entries;
}

/** The keys that a list gives, in its order. */
export async function keysOf(storage: Storage, options?: ListOptions): Promise<string[]> {
  return (await entriesOf(storage, options)).map((entry) => entry.key);
}

/** What was read, as text; fails when nothing was. */
export function textRead(result: ReadResult): string {
  assert.equal(result.status, 'read');
  return result.status === 'read' ? new TextDecoder().decode(result.bytes) : '';
}

/** A body in pieces. */
export async function* streamed(...chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield bytesOf(chunk);
}
