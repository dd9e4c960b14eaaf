import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type ErrorCode, formatError, type Storage, VergerError } from '@verger/core';
import { createStorages, type S3Tuning, type Storages } from '@verger/storage';
import { type FakeS3, type Fault, startFakeS3 } from '@verger/testkit/fake-s3';
import { fakeObject } from '@verger/testkit/fake-s3-answers';
import { TEST_ENV, TEST_KEYS } from '@verger/testkit/s3-server';
import { bytesOf, keysOf, textRead } from './storage-facts.ts';

Object.assign(process.env, TEST_ENV);

const QUICK: Partial<S3Tuning> = {
  budgetMs: 1000,
  unreachableMs: 200,
  stallMs: 100,
  attemptMs: 400,
  backoffMs: 1,
};
const BUCKET = 'refusals';
let fake: FakeS3;
let storages: Storages;
let storage: Storage;

const says = (status: number, code: string, xml = ''): Fault => ({ kind: 'answer', status, code, xml });

/** Every call of the storage ends with that code; gives what was said of the last one. */
async function refusedEverywhere(code: ErrorCode, on: Storage = storage): Promise<string> {
  let said = '';
  const expected = (error: unknown) => {
    assert.ok(error instanceof VergerError, String(error));
    assert.equal(error.code, code, error.message);
    said = formatError(error);
    return true;
  };
  await assert.rejects(keysOf(on), expected);
  await assert.rejects(on.create('a', bytesOf('x')), expected);
  await assert.rejects(on.read('a'), expected);
  assert.ok(!said.includes(TEST_KEYS.AWS_SECRET_ACCESS_KEY));
  return said;
}

describe('S3 storage: what is refused', () => {
  before(async () => {
    fake = await startFakeS3({ buckets: [BUCKET] });
    storages = createStorages(async () => fake.options, { tuning: QUICK });
  });
  beforeEach(() => {
    fake.plan(undefined);
    storage = storages.open(`s3://${BUCKET}/images`);
  });
  after(async () => {
    await storages.close();
    await fake.stop();
  });

  test('a missing bucket is named', async () => {
    const said = await refusedEverywhere('E_S3_BUCKET', storages.open('s3://not-there/images'));
    assert.match(said, /s3:\/\/not-there\/images/);
  });

  for (const code of ['InvalidAccessKeyId', 'SignatureDoesNotMatch']) {
    test(`${code} is a fault of the credentials, and not tried again`, async () => {
      fake.plan(() => says(403, code));
      const before = fake.requests.length;
      await refusedEverywhere('E_S3_CREDENTIALS');
      assert.equal(fake.requests.length - before, 3);
    });
  }

  test('expired credentials are asked for once more', async () => {
    fake.plan(() => says(400, 'ExpiredToken'));
    const before = fake.requests.length;
    await refusedEverywhere('E_S3_EXPIRED');
    assert.equal(fake.requests.length - before, 6);
    fake.plan((_, number) => (number === 0 ? says(400, 'ExpiredToken') : undefined));
    assert.deepEqual(await storage.read('nothing'), { status: 'missing' });
  });

  test('a clock that is wrong is put right by what S3 says, or refused', async () => {
    fake.plan((_, number) => (number === 0 ? says(403, 'RequestTimeTooSkewed') : undefined));
    assert.deepEqual(await storage.read('nothing'), { status: 'missing' });
    fake.plan(() => says(403, 'RequestTimeTooSkewed'));
    await refusedEverywhere('E_S3_CLOCK');
  });

  test('the right region is named', async () => {
    fake.plan(() => says(400, 'AuthorizationHeaderMalformed', '<Region>eu-west-1</Region>'));
    assert.match(
      await refusedEverywhere('E_S3_REGION'),
      /The bucket is in eu-west-1; the configured region is us-east-1\./,
    );
    const headers = { 'x-amz-bucket-region': 'ap-south-1' };
    fake.plan(() => ({ kind: 'answer', status: 301, code: 'PermanentRedirect', headers }));
    assert.match(await refusedEverywhere('E_S3_REGION'), /ap-south-1/);
  });

  test('an endpoint that is not there is told soon', async () => {
    for (const endpoint of ['http://127.0.0.1:9', 'http://nowhere.invalid:9000']) {
      const nowhere = createStorages(async () => ({ ...fake.options, endpoint }), { tuning: QUICK });
      const startedMs = performance.now();
      await refusedEverywhere('E_S3_UNREACHABLE', nowhere.open(`s3://${BUCKET}`));
      assert.ok(performance.now() - startedMs < 10_000);
      await nowhere.close();
    }
  });

  test('lists and writes that are denied are refused', async () => {
    fake.plan(() => says(403, 'AccessDenied'));
    await assert.rejects(keysOf(storage), { code: 'E_S3_FORBIDDEN' });
    await assert.rejects(storage.create('a', bytesOf('x')), { code: 'E_S3_FORBIDDEN' });
  });

  test('who may list is forbidden to read what is denied', async () => {
    fake.plan(({ key }) => (key === '' ? undefined : says(403, 'AccessDenied')));
    const { status } = await storage.read('a');
    assert.equal(status, 'forbidden');
  });

  test('where HEAD is refused, which has no words, they are asked for', async () => {
    const { objects } = fake.bucket(BUCKET);
    objects.set('images/empty', fakeObject(''));
    fake.plan(({ method, headers }) => {
      if (method !== 'HEAD' && headers.range !== undefined) return undefined;
      return says(403, 'InvalidObjectState');
    });
    const range = { start: 0, end: 10 };
    for (const options of [{ range }, { range: { start: 5, end: 5 } }, { lastBytes: 0 }]) {
      const read = await storage.read('empty', options);
      assert.equal(read.status, 'forbidden');
      if (read.status !== 'forbidden') continue;
      assert.deepEqual([read.error?.code, read.error?.storeCode], ['E_S3_ARCHIVED', 'InvalidObjectState']);
      assert.match(read.reason, /^S3 answered 403 InvalidObjectState to GetObject: planned$/);
    }
    fake.plan(({ method }) => (method === 'HEAD' ? says(405, 'MethodNotAllowed') : undefined));
    assert.equal((await storage.read('empty', { lastBytes: 0 })).status, 'read', 'a store without HEAD');
    objects.delete('images/empty');
  });

  test('a page of a proxy is a refusal without a word, and not asked for again and again', async () => {
    const page: Fault = { kind: 'answer', status: 403, code: '', body: '<html><body>Blocked</p></html>' };
    fake.plan(() => page);
    const before = fake.requests.length;
    await assert.rejects(keysOf(storage), {
      code: 'E_S3_FORBIDDEN',
      message: /S3 answered 403 to ListObjectsV2, which/,
    });
    fake.plan(() => ({ ...page, status: 400 }));
    const read = await storage.read('a');
    assert.equal(read.status, 'forbidden');
    assert.equal(read.status === 'forbidden' && read.error?.code, 'E_S3_REFUSED');
    assert.equal(read.status === 'forbidden' && read.error?.storeCode, undefined);
    await assert.rejects(storage.create('a', bytesOf('x')), { code: 'E_S3_REFUSED' });
    assert.equal(fake.requests.length - before, 3);
  });

  test('a code that is no store code is none; its sentence is cut, a key id masked', async () => {
    const codeOf = async (code: string, message = 'planned') => {
      fake.plan(({ key }) => (key === '' ? undefined : { kind: 'answer', status: 400, code, message }));
      const read = await storage.read('a');
      assert.ok(read.status === 'forbidden', code);
      return [read.error?.storeCode, read.reason] as const;
    };
    for (const odd of ['', 'Not a word', 'x'.repeat(65), '../../etc', 'Fehlér']) {
      assert.equal((await codeOf(odd))[0], undefined, odd);
    }
    assert.equal((await codeOf('KMS.DisabledException'))[0], 'KMSDisabledException');
    const [, said] = await codeOf('InvalidRequest', `AKIAABCDEFGHIJKLMNOP ${'long '.repeat(1000)}`);
    assert.ok(said.length < 1200 && said.includes('AKIA***') && !said.includes('AKIAABC'), said);
  });

  test('objects of archive classes are listed as archived, readable ones are not', async () => {
    const { objects } = fake.bucket(BUCKET);
    objects.clear();
    const classes = [
      'DEEP_ARCHIVE',
      'GLACIER',
      'GLACIER_IR',
      'INTELLIGENT_TIERING',
      'STANDARD',
      'STANDARD_IA',
    ];
    for (const storageClass of classes) {
      objects.set(`images/${storageClass}.jpg`, { ...fakeObject('x'), storageClass });
    }
    objects.set('images/none.jpg', fakeObject('x'));
    const archived: string[] = [];
    for await (const entry of storage.list()) if (entry.archived === true) archived.push(entry.key);
    assert.deepEqual(archived, ['DEEP_ARCHIVE.jpg', 'GLACIER.jpg']);
    objects.clear();
  });

  test('who may not list is told missing from forbidden by a key that could be read', async () => {
    const { objects } = fake.bucket(BUCKET);
    objects.set('images/there', fakeObject('x'));
    const denied = says(403, 'AccessDenied');
    // As S3 does it for a role without s3:ListBucket.
    fake.plan(({ key }) => (objects.has(key) ? undefined : denied));
    assert.equal((await storage.read('gone')).status, 'forbidden', 'nothing was read yet');
    assert.equal(textRead(await storage.read('there')), 'x');
    assert.deepEqual(await storage.read('gone'), { status: 'missing' });
    const lists = () => fake.requests.filter(({ query }) => query.has('list-type')).length;
    const before = lists();
    assert.deepEqual(await storage.read('gone too'), { status: 'missing' });
    assert.equal(lists(), before, 'it is asked once whether it may list');
    fake.plan(() => denied);
    assert.equal((await storage.read('gone')).status, 'forbidden', 'the permission is gone');
  });

  test('a store that lists out of order is refused', async () => {
    const other = await startFakeS3({ buckets: [BUCKET], disordered: true });
    const there = createStorages(async () => other.options, { tuning: QUICK });
    try {
      for (const key of ['a', 'b']) other.bucket(BUCKET).objects.set(key, fakeObject('x'));
      await assert.rejects(keysOf(there.open(`s3://${BUCKET}`)), { code: 'E_S3_ORDER' });
    } finally {
      await there.close();
      await other.stop();
    }
  });

  test('keys that are no paths are listed as refused, markers of folders not at all', async () => {
    const { objects } = fake.bucket(BUCKET);
    objects.clear();
    const good = [
      'a+b.jpg',
      'a b.jpg',
      '100%.jpg',
      '%2F.jpg',
      "~*'().jpg",
      '\u{1f34e}.jpg',
      'k\u0001.jpg',
      '.tmp/x.jpg',
      'é'.repeat(508),
    ];
    const bad = ['/lead.jpg', 'a//b.jpg', '../up.jpg', 'a/./b.jpg', 'a/..', 'full/'];
    for (const key of [...good, ...bad]) objects.set(`images/${key}`, fakeObject('x'));
    for (const key of ['', 'folder/', 'folder/in/']) objects.set(`images/${key}`, fakeObject(''));
    objects.set('images-too/x.jpg', fakeObject('x'));
    const byBytes = (keys: string[]) =>
      keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const entries = [];
    for await (const entry of storage.list()) entries.push(entry);
    assert.deepEqual(
      entries.map(({ key }) => key),
      byBytes([...good, ...bad]),
    );
    assert.deepEqual(
      byBytes(entries.flatMap(({ key, refused }) => (refused === 'E_IMG_KEY' ? [key] : []))),
      byBytes(bad),
    );
    for (const key of good) assert.equal(textRead(await storage.read(key)), 'x', key);
  });

  test('a key that is too long cannot be written, and is not there', async () => {
    const key = 'k'.repeat(1020);
    await assert.rejects(storage.create(key, bytesOf('x')), { code: 'E_STORAGE_KEY' });
    assert.deepEqual(await storage.read(key), { status: 'missing' });
  });

  test('what is no place in a bucket is a usage error', () => {
    for (const location of [
      's3://',
      's3:///x',
      's3://b',
      's3://has space/x',
      `s3://${BUCKET}/a//b`,
      `s3://${BUCKET}/../x`,
    ]) {
      assert.throws(() => storages.open(location), { code: 'E_USAGE' }, location);
    }
    assert.equal(storages.open(`S3://${BUCKET}//`.slice(0, -1)).describe(), `s3://${BUCKET}`);
  });
});
