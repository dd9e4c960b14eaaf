import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ReadOptions, Storage } from '@verger/core';
import { createStorages, probeConditionalWrites } from '@verger/storage';
import { type FakeOptions, type FakeS3, startFakeS3 } from '@verger/testkit/fake-s3';
import { fakeObject } from '@verger/testkit/fake-s3-answers';
import { RANGE_MANNERS } from '@verger/testkit/fake-s3-ranges';
import { TEST_ENV } from '@verger/testkit/s3-server';

Object.assign(process.env, TEST_ENV);

const BUCKET = 'edges';
const TEN = '0123456789';
const MIB = 1024 * 1024;

async function storeOf(
  t: TestContext,
  options: Omit<FakeOptions, 'buckets'>,
): Promise<{ fake: FakeS3; storage: Storage }> {
  const fake = await startFakeS3({ buckets: [BUCKET], ...options });
  const tuning = { budgetMs: 200, unreachableMs: 200, backoffMs: 1, stallMs: 300 };
  const storages = createStorages(async () => fake.options, { tuning });
  t.after(async () => {
    await storages.close();
    await fake.stop();
  });
  const { objects } = fake.bucket(BUCKET);
  objects.set('ten', { ...fakeObject(TEN), etag: '"0123456789abcdef0123456789abcdef-7"' });
  objects.set('empty', fakeObject(''));
  return { fake, storage: storages.open(`s3://${BUCKET}`) };
}

/**
 * Every way in which verger asks for a part, at its edges, and what must come of an object of ten bytes and
 * of an empty one.
 */
const ASKED: readonly (readonly [ReadOptions, string])[] = [
  [{}, TEN],
  [{ lastBytes: 1 }, '9'],
  [{ lastBytes: 3 }, '789'],
  [{ lastBytes: 10 }, TEN],
  [{ lastBytes: 11 }, TEN],
  [{ lastBytes: 65536 }, TEN],
  [{ lastBytes: 0 }, ''],
  [{ range: { start: 0, end: 1 } }, '0'],
  [{ range: { start: 0, end: 256 } }, TEN],
  [{ range: { start: 3, end: 8 } }, '34567'],
  [{ range: { start: 9, end: 10 } }, '9'],
  [{ range: { start: 9, end: 11 } }, '9'],
  [{ range: { start: 10, end: 11 } }, ''],
  [{ range: { start: 99, end: 100 } }, ''],
  [{ range: { start: 4, end: 4 } }, ''],
  [{ range: { start: 3, end: 8 }, maxBytes: 5 }, '34567'],
];

async function everyPart(storage: Storage): Promise<void> {
  for (const [options, text] of ASKED) {
    const shown = JSON.stringify(options);
    const ten = await storage.read('ten', options);
    assert.ok(ten.status === 'read', `${shown}: ${ten.status}`);
    assert.equal(Buffer.from(ten.bytes).toString(), text, shown);
    assert.equal(ten.totalBytes, 10, shown);
    assert.equal(ten.version, 'etag:0123456789abcdef0123456789abcdef-7', shown);
    const empty = await storage.read('empty', options);
    assert.ok(empty.status === 'read', `${shown}: ${empty.status}`);
    assert.deepEqual([empty.bytes.byteLength, empty.totalBytes], [0, 0], shown);
  }
  assert.deepEqual(await storage.read('none', { lastBytes: 1 }), { status: 'missing' });
  assert.deepEqual(await storage.read('ten', { range: { start: 0, end: 9 }, maxBytes: 8 }), {
    ...{ status: 'too-large', totalBytes: 10 },
  });
}

for (const ranges of [undefined, ...RANGE_MANNERS]) {
  for (const bodies of [undefined, 'chunked', 'closed'] as const) {
    const how = bodies === undefined ? '' : `, ${bodies} bodies`;
    test(`every part comes right from a store whose ranges are ${ranges ?? "AWS'"}${how}`, async (t) => {
      const { storage } = await storeOf(t, {
        ...(ranges === undefined ? {} : { ranges }),
        ...(bodies === undefined ? {} : { bodies }),
      });
      await everyPart(storage);
    });
  }
}

for (const bodies of ['chunked', 'closed'] as const) {
  test(`a ${bodies} body of any size is read once it is known, and no further than is allowed`, async (t) => {
    const { fake, storage } = await storeOf(t, { bodies });
    const large = Buffer.alloc(20 * MIB, 'x');
    fake.bucket(BUCKET).objects.set('large', fakeObject(large));
    const result = await storage.read('large');
    assert.ok(result.status === 'read' && large.equals(result.bytes));
    assert.deepEqual(await storage.read('large', { maxBytes: MIB }), {
      ...{ status: 'too-large', totalBytes: large.length },
    });
    assert.deepEqual(await storage.read('ten', { maxBytes: 9 }), { status: 'too-large', totalBytes: 10 });
    assert.equal((await storage.read('ten', { maxBytes: 10 })).status, 'read');
  });
}

test('a body that only its connection ends is held against the size that HEAD says', async (t) => {
  const { storage } = await storeOf(t, { bodies: 'closed-short' });
  await assert.rejects(storage.read('ten'), /ended after 5 of 10 bytes/);
});

test('of a store without ranges only what is wanted is kept, and the rest not awaited', async (t) => {
  const { fake, storage } = await storeOf(t, { ranges: 'ignored' });
  fake.bucket(BUCKET).objects.set('large', fakeObject(Buffer.alloc(9 * MIB, 'x')));
  fake.plan(() => ({ kind: 'stall', afterBytes: 2 * MIB }));
  const start = await storage.read('large', { range: { start: MIB, end: MIB + 4 }, maxBytes: 4 });
  assert.ok(start.status === 'read' && start.totalBytes === 9 * MIB);
  assert.equal(Buffer.from(start.bytes).toString(), 'xxxx');
});

test('who may read an empty object may read', async (t) => {
  const { fake, storage } = await storeOf(t, {});
  await storage.read('empty');
  // As S3 does it for a role without s3:ListBucket.
  fake.plan(({ key }) =>
    key === '' || key === 'gone' ? { kind: 'answer', status: 403, code: 'AccessDenied' } : undefined,
  );
  assert.deepEqual(await storage.read('gone'), { status: 'missing' });
});

const UNFIT = {
  'writes over': [{ unconditional: true }, 'E_STORAGE_CONDITIONAL'],
  'lists in the order of words': [{ listing: 'by-words' }, 'E_S3_ORDER'],
  'lists late': [{ listing: 'late' }, 'E_S3_STORE'],
  'lists other ETags than it gives': [{ listing: 'other-etags' }, 'E_S3_STORE'],
  'lists wrong sizes': [{ listing: 'wrong-sizes' }, 'E_S3_STORE'],
  'gives wrong bytes for a part': [{ ranges: 'wrong-bytes' }, 'E_S3_STORE'],
} as const;
for (const [name, [manners, code]] of Object.entries(UNFIT)) {
  test(`the probe refuses a store that ${name}, and leaves nothing there`, async (t) => {
    const { fake, storage } = await storeOf(t, manners);
    await assert.rejects(probeConditionalWrites(storage), { code });
    assert.deepEqual([...fake.bucket(BUCKET).objects.keys()], ['ten', 'empty']);
  });
}

for (const manners of [
  {},
  { ranges: 'ignored', bodies: 'chunked' },
  { ranges: 'not-implemented' },
] as const) {
  test(`the probe lets a store pass whose manners are ${JSON.stringify(manners)}`, async (t) => {
    const { fake, storage } = await storeOf(t, manners);
    await probeConditionalWrites(storage);
    assert.deepEqual([...fake.bucket(BUCKET).objects.keys()], ['ten', 'empty']);
    assert.ok(fake.requests.length < 20, `${fake.requests.length}`);
  });
}
