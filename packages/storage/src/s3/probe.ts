import { randomBytes } from 'node:crypto';
import { type ErrorCode, type ReadOptions, type Storage, type StoredEntry, VergerError } from '@verger/core';

const FIRST = Buffer.from('first');
/** In byte order, not in that of words. */
const NAMES = ['B', 'a'] as const;
/** Parts of FIRST as verger asks for them. */
const PARTS: readonly (readonly [ReadOptions, string])[] = [
  [{ range: { start: 1, end: 3 } }, 'ir'],
  [{ range: { start: 5, end: 6 } }, ''],
  [{ lastBytes: 2 }, 'st'],
  [{ lastBytes: 64 }, 'first'],
];

/**
 * Refuses a store that cannot hold results: one whose create-only writes write over, that does not give back
 * what was written or a part of it, does not list what was written, in byte order and as the versions that
 * reading gives. Two objects are written, and removed again. Does nothing for a folder, where the file system
 * is known. Cost: about ten small requests, half of them at once. Errors: E_STORAGE_CONDITIONAL, E_S3_ORDER,
 * E_S3_STORE; what writing throws, so also E_S3_FORBIDDEN.
 */
export async function probeConditionalWrites(storage: Storage): Promise<void> {
  if (storage.remote !== true) return;
  const prefix = `.verger-probe-${randomBytes(8).toString('hex')}`;
  const keys = NAMES.map((name) => `${prefix}${name}`);
  const [key = '', other = ''] = keys;
  const refusal = (code: ErrorCode, detail: string) =>
    new VergerError(code, { location: storage.describe() }, { detail });
  try {
    const one = await storage.create(key, FIRST);
    const two = await storage.create(key, Buffer.from('second'));
    const there = await storage.read(key, { maxBytes: 64 });
    const stands = there.status === 'read' && FIRST.equals(there.bytes);
    if (one !== 'created' || two !== 'exists' || !stands) {
      const detail = 'It accepted a PutObject with If-None-Match: * for an existing object.';
      throw refusal('E_STORAGE_CONDITIONAL', detail);
    }
    await storage.create(other, FIRST);
    const faults = [
      listingFault(storage, { prefix, keys, version: there.version }),
      ...PARTS.map(async (part) => await partFault(storage, key, part)),
    ];
    const fault = (await Promise.all(faults)).find((one) => one !== undefined);
    if (fault !== undefined) throw refusal('E_S3_STORE', fault);
  } finally {
    await Promise.all(keys.map(async (one) => await storage.remove(one).catch(() => undefined)));
  }
}

async function listingFault(
  storage: Storage,
  { prefix, keys, version }: { prefix: string; keys: readonly string[]; version: string },
): Promise<string | undefined> {
  const listed: StoredEntry[] = [];
  for await (const entry of storage.list({ prefix })) listed.push(entry);
  if (listed.map(({ key }) => key).join() !== keys.join()) {
    return `It did not list what had just been written (${listed.length} of ${keys.length} objects).`;
  }
  const [first] = listed;
  if (first?.bytes !== FIRST.length)
    return `It lists an object of ${FIRST.length} bytes as one of ${first?.bytes}.`;
  if (first.version === version) return undefined;
  const differ = `Its listing says ${first.version} of an object of which reading says ${version}`;
  return `${differ}: every image would count as changed.`;
}

async function partFault(
  storage: Storage,
  key: string,
  [options, wanted]: (typeof PARTS)[number],
): Promise<string | undefined> {
  const part = await storage.read(key, options);
  const got = part.status === 'read' ? Buffer.from(part.bytes).toString() : part.status;
  if (got === wanted) return undefined;
  return `It gives wrong bytes for a part of an object (${JSON.stringify(options)}).`;
}
