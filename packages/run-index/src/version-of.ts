import type { Storage } from '@verger/core';

/** The version of a file; undefined when it is not there. One request for one byte. */
export async function versionOf(store: Storage, file: string): Promise<string | undefined> {
  const last = await store.read(file, { lastBytes: 1 });
  if (last.status === 'missing') return undefined;
  return last.status === 'read' ? last.version : last.status;
}
