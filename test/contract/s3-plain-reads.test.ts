import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ReadOptions, type Storage, VergerError } from '@verger/core';
import { createStorages } from '@verger/storage';
import { startFakeS3 } from '@verger/testkit/fake-s3';
import { fakeObject } from '@verger/testkit/fake-s3-answers';
import { TEST_ENV } from '@verger/testkit/s3-server';

Object.assign(process.env, TEST_ENV);

const BUCKET = 'plain';
const OBJECTS = { 'a.jpg': '0123456789', 'ä/b c+%.jpg': 'odd', empty: '' };
const OPTIONS: readonly ReadOptions[] = [
  {},
  { maxBytes: 4 },
  { lastBytes: 3 },
  { lastBytes: 0 },
  { range: { start: 2, end: 5 } },
  { range: { start: 8, end: 99 } },
  { range: { start: 40, end: 50 } },
];

/** Every object read in every way, and one that is not there; errors as their codes. */
async function readAll(storage: Storage): Promise<unknown[]> {
  const reads = [...Object.keys(OBJECTS), 'no such object'].flatMap((key) =>
    OPTIONS.map(async (options) => {
      const read = await storage.read(key, options).catch((error: unknown) => {
        assert.ok(error instanceof VergerError, String(error));
        return { status: error.code };
      });
      return 'bytes' in read ? { key, ...read, bytes: Buffer.from(read.bytes).toString() } : { key, ...read };
    }),
  );
  return await Promise.all(reads);
}

async function readsWith(t: TestContext, fastReads: boolean) {
  const fake = await startFakeS3({ buckets: [BUCKET] });
  t.after(() => fake.stop());
  for (const [key, text] of Object.entries(OBJECTS)) {
    fake.bucket(BUCKET).objects.set(key, fakeObject(text));
  }
  const storages = createStorages(async () => fake.options, { tuning: { fastReads } });
  t.after(() => storages.close());
  const reads = await readAll(storages.open(`s3://${BUCKET}`));
  const gets = fake.requests.filter(({ method }) => method === 'GET');
  const bySdk = gets.filter(({ headers }) => headers['amz-sdk-invocation-id'] !== undefined);
  return { reads, gets: gets.length, bySdk: bySdk.length };
}

test('with fast reads switched off the SDK makes every request, and every read is the same', async (t) => {
  const fast = await readsWith(t, true);
  const plain = await readsWith(t, false);
  assert.deepEqual(plain.reads, fast.reads);
  assert.equal(fast.bySdk, 0);
  assert.equal(plain.bySdk, plain.gets);
  assert.equal(plain.gets, fast.gets);
});
