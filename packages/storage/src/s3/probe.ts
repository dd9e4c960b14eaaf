import { randomBytes } from 'node:crypto';
import { type Storage, VergerError } from '@verger/core';

/**
 * Refuses a store whose create-only writes write over: two creations of one new object, of which the second must find the first. The
 * object is removed again. Does nothing for a folder, where the file system is known. Cost: four requests. Errors: E_STORAGE_CONDITIONAL;
 * what writing throws, so also E_S3_FORBIDDEN.
 */
export async function probeConditionalWrites(storage: Storage): Promise<void> {
  if (storage.remote !== true) return;
  const key = `.verger-probe-${randomBytes(8).toString('hex')}`;
  const [first, second] = [Buffer.from('first'), Buffer.from('second')];
  try {
    const one = await storage.create(key, first);
    const two = await storage.create(key, second);
    const there = await storage.read(key, { maxBytes: 64 });
    const stands = there.status === 'read' && first.equals(there.bytes);
    if (one === 'created' && two === 'exists' && stands) return;
    const detail = 'It took a PutObject with If-None-Match: * for an object that was there.';
    throw new VergerError('E_STORAGE_CONDITIONAL', { location: storage.describe() }, { detail });
  } finally {
    await storage.remove(key).catch(() => undefined);
  }
}
