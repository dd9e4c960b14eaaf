import type { Storage } from '@verger/core';
import { PROJECTION_TAIL_BYTES, projectionModelOf } from '@verger/tables';

/**
 * The model hash in a projection's metadata, from the end of the file: one small read, two when the footer is
 * long. Undefined when the file is missing or is no projection.
 */
export async function modelNamedBy(store: Storage, file: string): Promise<string | undefined> {
  let lastBytes = PROJECTION_TAIL_BYTES;
  for (let tries = 0; tries < 2; tries += 1) {
    const result = await store.read(file, { lastBytes });
    if (result.status !== 'read') return undefined;
    const named = await projectionModelOf(result.bytes, result.totalBytes);
    if (typeof named === 'string' || named === undefined) return named;
    lastBytes = named.need;
  }
  return undefined;
}
