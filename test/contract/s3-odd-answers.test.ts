import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Storage, VergerError } from '@verger/core';
import { createStorages, type S3Tuning, type Storages } from '@verger/storage';
import { type FakeS3, type Fault, startFakeS3 } from '@verger/testkit/fake-s3';
import { type FakeRequest, fakeObject } from '@verger/testkit/fake-s3-answers';
import { until } from '@verger/testkit/processes';
import { TEST_ENV } from '@verger/testkit/s3-server';
import { keysOf } from './storage-facts.ts';

Object.assign(process.env, TEST_ENV);

const QUICK: Partial<S3Tuning> = {
  ...{ budgetMs: 200, unreachableMs: 200, backoffMs: 1, longestBackoffMs: 10 },
  partBytes: 64 * 1024,
};
const BUCKET = 'odd';
let fake: FakeS3;
let storages: Storages;
let storage: Storage;

const good = (body: string): Fault => ({ kind: 'answer', status: 200, code: '', body });
const listWith = (inner: string) =>
  good(`<ListBucketResult><Name>${BUCKET}</Name>${inner}</ListBucketResult>`);
const first = (count: number, fault: Fault) => fake.plan((_, number) => (number < count ? fault : undefined));
const fails = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof VergerError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  return true;
};
const isCompletion = ({ method, query }: FakeRequest) => method === 'POST' && query.has('uploadId');

async function* threeParts() {
  for (let at = 0; at < 3; at += 1) yield Buffer.alloc(60_000, at);
}

describe('S3 storage: good answers that are none', () => {
  before(async () => {
    fake = await startFakeS3({ buckets: [BUCKET], pageKeys: 2 });
  });
  beforeEach(() => {
    fake.plan(undefined);
    fake.bucket(BUCKET).objects.clear();
    fake.bucket(BUCKET).uploads.clear();
    storages = createStorages(async () => fake.options, { tuning: QUICK });
    storage = storages.open(`s3://${BUCKET}`);
  });
  after(() => fake.stop());

  const plant = (...keys: string[]) => {
    for (const key of keys) fake.bucket(BUCKET).objects.set(key, fakeObject(`<${key}>`));
  };

  for (const body of ['', '<html><body>Sign in</body></html>', 'hello']) {
    test(`a list that is ${JSON.stringify(body)} is retried, and is never an empty bucket`, async () => {
      plant('a', 'b', 'c');
      first(2, good(body));
      assert.deepEqual(await keysOf(storage), ['a', 'b', 'c']);
      fake.plan(() => good(body));
      await assert.rejects(keysOf(storage), fails('E_STORAGE', /S3 sent no complete answer/));
      await storages.close();
    });
  }

  test('a bucket that is empty is one', async () => {
    assert.deepEqual(await keysOf(storage), []);
    first(1, listWith(''));
    assert.deepEqual(await keysOf(storage), []);
    await storages.close();
  });

  test('a list that goes on, and does not say how, is E_S3_STORE', async () => {
    const object = '<Contents><Key>a</Key><Size>1</Size></Contents>';
    for (const token of ['', '<NextContinuationToken></NextContinuationToken>']) {
      fake.plan(() => listWith(`<IsTruncated>true</IsTruncated>${token}${object}`));
      await assert.rejects(keysOf(storage), fails('E_S3_STORE', /IsTruncated/));
    }
    await storages.close();
  });

  test('empty pages that are followed by themselves end with E_S3_STORE', async () => {
    fake.plan((_, number) => {
      if (number > 5) return { kind: 'answer', status: 404, code: 'TooManyPages' };
      return listWith('<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>');
    });
    await assert.rejects(keysOf(storage), fails('E_S3_STORE', /same page/));
    await storages.close();
  });

  test('who is refused an object and gets no list is not told that he may list', async () => {
    fake.plan(({ key }) =>
      key === '' ? good('<html></html>') : { kind: 'answer', status: 403, code: 'AccessDenied' },
    );
    await assert.rejects(storage.read('a'), fails('E_STORAGE', /no list of S3/));
    await storages.close();
  });

  test('an upload without an id, a part and a completion without an ETag are tried again', async () => {
    const seen: string[] = [];
    fake.plan((request) => {
      const { method, query } = request;
      const kind = isCompletion(request) ? 'complete' : query.has('uploads') ? 'begin' : method;
      if (method === 'GET' || method === 'HEAD' || seen.includes(kind)) return undefined;
      seen.push(kind);
      return good('<html></html>');
    });
    assert.equal(await storage.create('a', threeParts()), 'created');
    assert.deepEqual(seen, ['begin', 'PUT', 'complete']);
    fake.plan(({ query }) => (query.has('uploads') ? good('<html></html>') : undefined));
    await assert.rejects(storage.create('b', threeParts()), fails('E_STORAGE', /no upload id/));
    await storages.close();
  });

  test('a completion with a lost answer and no object is E_STORAGE, and begins again', async () => {
    let completions = 0;
    fake.plan((request) => {
      if (!isCompletion(request)) return undefined;
      completions += 1;
      if (completions === 1) return { kind: 'reset', when: 'after' };
      fake.bucket(BUCKET).objects.delete('a');
      return undefined;
    });
    await assert.rejects(storage.create('a', threeParts()), fails('E_STORAGE', /NoSuchUpload/));
    fake.plan(undefined);
    assert.equal(await storage.create('a', threeParts()), 'created');
    await storages.close();
  });

  test('a completion that found another object which is gone since is made again', async () => {
    let completions = 0;
    fake.plan((request) => {
      if (isCompletion(request)) {
        completions += 1;
        if (completions === 1) return { kind: 'reset', when: 'before' };
        if (completions === 2) return { kind: 'answer', status: 412, code: 'PreconditionFailed' };
      }
      return undefined;
    });
    assert.equal(await storage.create('a', threeParts()), 'created');
    assert.equal(completions, 3);
    await storages.close();
  });
});

describe('S3 storage: what ends a call', () => {
  before(async () => {
    fake = await startFakeS3({ buckets: [BUCKET], pageKeys: 2 });
  });
  after(() => fake.stop());

  test('a closed connection fails calls under way, and later ones, without another request', async () => {
    const own = createStorages(async () => fake.options, { tuning: { ...QUICK, budgetMs: 60_000 } });
    const there = own.open(`s3://${BUCKET}`);
    const before = fake.requests.length;
    fake.plan(() => ({ kind: 'silent' }));
    const calls = [there.read('a'), keysOf(there), there.replace('b', Buffer.from('b'))];
    const ends = calls.map((call) => assert.rejects(call, { code: 'E_STORAGE' }));
    await until('three requests', () => fake.requests.length === before + 3);
    await own.close();
    fake.plan(undefined);
    await Promise.all(ends);
    await assert.rejects(there.read('a'), fails('E_STORAGE', /closed/));
    assert.equal(fake.requests.length, before + 3);
  });

  test('an aborted signal ends a list that waits, for its first page and for a later one', async () => {
    const own = createStorages(async () => fake.options, { tuning: { ...QUICK, budgetMs: 60_000 } });
    const there = own.open(`s3://${BUCKET}`);
    for (const key of ['a', 'b', 'c']) fake.bucket(BUCKET).objects.set(key, fakeObject(key));
    for (const [pages, keys] of [
      [0, []],
      [1, ['a', 'b']],
    ] as const) {
      const abort = new AbortController();
      fake.plan((_, number) => {
        if (number < pages) return undefined;
        setImmediate(() => abort.abort(new Error('enough')));
        return { kind: 'silent' };
      });
      const seen: string[] = [];
      const listed = (async () => {
        for await (const { key } of there.list({ signal: abort.signal })) seen.push(key);
      })();
      await assert.rejects(listed, /enough/);
      assert.deepEqual(seen, keys);
    }
    const ended = AbortSignal.abort(new Error('before'));
    await assert.rejects(there.list({ signal: ended })[Symbol.asyncIterator]().next(), /before/);
    await own.close();
  });
});
