import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Storage, VergerError } from '@verger/core';
import { createStorages, probeConditionalWrites, type S3Tuning, type Storages } from '@verger/storage';
import { type FakeS3, type Fault, startFakeS3 } from '@verger/testkit/fake-s3';
import { fakeObject } from '@verger/testkit/fake-s3-answers';
import { until } from '@verger/testkit/processes';
import { TEST_ENV } from '@verger/testkit/s3-server';
import { bytesOf, keysOf, textRead } from './storage-facts.ts';

Object.assign(process.env, TEST_ENV);

/** Everything fast: a stall is one after a tenth of a second. */
const QUICK: Partial<S3Tuning> = {
  budgetMs: 3000,
  unreachableMs: 300,
  stallMs: 100,
  attemptMs: 400,
  backoffMs: 2,
  longestBackoffMs: 20,
  partBytes: 64 * 1024,
};
const BUCKET = 'faults';
const KEY = 'features/some';
let fake: FakeS3;
let storages: Storages;
let storage: Storage;

const place = (text: string | Uint8Array, key = KEY) =>
  fake.bucket(BUCKET).objects.set(`run/${key}`, fakeObject(text));
const stands = (key = KEY) => fake.bucket(BUCKET).objects.get(`run/${key}`)?.bytes.toString();
const says = (status: number, code: string, xml = ''): Fault => ({ kind: 'answer', status, code, xml });
const first = (count: number, fault: Fault) => fake.plan((_, number) => (number < count ? fault : undefined));

describe('S3 storage: what may heal', () => {
  before(async () => {
    fake = await startFakeS3({ buckets: [BUCKET] });
    storages = createStorages(async () => fake.options, { tuning: QUICK });
  });
  beforeEach(() => {
    fake.plan(undefined);
    fake.bucket(BUCKET).objects.clear();
    fake.bucket(BUCKET).uploads.clear();
    storage = storages.open(`s3://${BUCKET}/run`);
  });
  after(async () => {
    await storages.close();
    await fake.stop();
  });

  const HEALS: Readonly<Record<string, Fault>> = {
    '503 SlowDown': says(503, 'SlowDown'),
    '500 InternalError': says(500, 'InternalError'),
    '400 RequestTimeout': says(400, 'RequestTimeout'),
    '429 without a word': says(429, 'TooManyRequests'),
    'a reset before anything': { kind: 'reset', when: 'before' },
    'a reset after it was carried out': { kind: 'reset', when: 'after' },
    'a 500 after it was carried out': { kind: 'answer', status: 500, code: 'InternalError', when: 'after' },
    'no answer at all': { kind: 'silent' },
    'a body that stalls': { kind: 'stall', afterBytes: 10 },
    'a body that is cut': { kind: 'cut', afterBytes: 10 },
  };

  for (const [name, fault] of Object.entries(HEALS)) {
    test(`after ${name}, twice, a read, a list and all writes come out right`, async () => {
      const text = randomBytes(5000).toString('hex');
      place(text);
      first(2, fault);
      assert.equal(textRead(await storage.read(KEY)), text);
      first(2, fault);
      assert.equal((await storage.read('missing')).status, 'missing');
      first(2, fault);
      assert.deepEqual(await keysOf(storage), [KEY]);
      first(2, fault);
      assert.equal(await storage.create('new', bytesOf(text)), 'created');
      assert.equal(stands('new'), text);
      first(2, fault);
      assert.equal(await storage.create('new', bytesOf('other')), 'exists');
      first(2, fault);
      await storage.replace('new', bytesOf('over'));
      assert.equal(stands('new'), 'over');
      first(2, fault);
      await storage.remove('new');
      assert.equal(stands('new'), undefined);
    });
  }

  test('half of all requests fail in all ways, and 300 objects are written and read right', async () => {
    const patient = createStorages(async () => fake.options, {
      tuning: { backoffMs: 2, longestBackoffMs: 20 },
    });
    const over = patient.open(`s3://${BUCKET}/run`);
    const ways = Object.values(HEALS).filter(({ kind }) => kind !== 'stall' && kind !== 'silent');
    let seed = 7;
    const random = () => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    fake.plan(() => (random() < 0.5 ? ways[Math.floor(random() * ways.length)] : undefined));
    const keys = Array.from({ length: 300 }, (_, index) => `many/${String(index).padStart(3, '0')}`);
    const outcomes = await Promise.all(keys.map((key) => over.create(key, bytesOf(`<${key}>`))));
    assert.ok(outcomes.every((outcome) => outcome === 'created'));
    const read = await Promise.all(keys.map(async (key) => textRead(await over.read(key))));
    assert.deepEqual(
      read,
      keys.map((key) => `<${key}>`),
    );
    assert.deepEqual(await keysOf(over), keys);
    await patient.close();
  });

  test('when the answer to a create was lost and somebody else was first, it is theirs', async () => {
    fake.plan((_, number) => {
      if (number > 0) return undefined;
      place('theirs');
      return { kind: 'reset', when: 'before' };
    });
    assert.equal(await storage.create(KEY, bytesOf('ours')), 'exists');
    assert.equal(stands(), 'theirs');
  });

  test('a conflict of two creators (409) is tried again', async () => {
    first(3, says(409, 'ConditionalRequestConflict'));
    assert.equal(await storage.create(KEY, bytesOf('ours')), 'created');
  });

  test('a long stream goes in parts, whole or not at all', async () => {
    const bytes = randomBytes(200_000);
    async function* body(end?: Error) {
      for (let at = 0; at < bytes.length; at += 7001) yield bytes.subarray(at, at + 7001);
      if (end !== undefined) throw end;
    }
    const { uploads } = fake.bucket(BUCKET);
    const broken = new Error('the source broke');
    await assert.rejects(storage.create(KEY, body(broken)), broken);
    assert.deepEqual([stands(), uploads.size], [undefined, 0]);
    assert.equal(await storage.create(KEY, body()), 'created');
    const result = await storage.read(KEY);
    assert.ok(result.status === 'read' && bytes.equals(result.bytes));
    assert.equal(await storage.create(KEY, body()), 'exists');
    assert.equal(uploads.size, 0);
  });

  test('a completion whose answer was lost is known by its object if ETags are no MD5s', async () => {
    async function* body() {
      for (let at = 0; at < 3; at += 1) yield Buffer.alloc(60_000, at);
    }
    const opaque = await startFakeS3({ buckets: [BUCKET], opaqueEtags: true });
    const there = createStorages(async () => opaque.options, { tuning: QUICK });
    const store = there.open(`s3://${BUCKET}`);
    const theirs = Buffer.concat([Buffer.alloc(60_000, 0), Buffer.alloc(60_000, 1), Buffer.alloc(60_000, 3)]);
    try {
      for (const [when, outcome] of [
        ['after', 'created'],
        ['before', 'exists'],
      ] as const) {
        let lost = 0;
        opaque.plan(({ method, query }) => {
          if (method !== 'POST' || !query.has('uploadId') || lost++ > 0) return undefined;
          if (when === 'before') opaque.bucket(BUCKET).objects.set(when, fakeObject(theirs));
          return { kind: 'reset', when };
        });
        assert.equal(await store.create(when, body()), outcome);
      }
    } finally {
      await there.close();
      await opaque.stop();
    }
  });

  test('a completion whose answer was lost is known by its ETag, ours and theirs', async () => {
    async function* body() {
      for (let at = 0; at < 3; at += 1) yield Buffer.alloc(60_000, at);
    }
    const completes = (request: { method: string; query: URLSearchParams }) =>
      request.method === 'POST' && request.query.has('uploadId');
    let lost = 0;
    fake.plan((request) =>
      completes(request) && lost++ === 0 ? { kind: 'reset', when: 'after' } : undefined,
    );
    assert.equal(await storage.create('ours', body()), 'created');
    lost = 0;
    fake.plan((request) => {
      if (!completes(request) || lost++ > 0) return undefined;
      place('theirs');
      return { kind: 'reset', when: 'before' };
    });
    assert.equal(await storage.create(KEY, body()), 'exists');
    assert.equal(stands(), 'theirs');
    assert.equal(fake.bucket(BUCKET).uploads.size, 0);
  });

  test('a body that is said to be of 9 GB gets no memory, and is asked for again', async () => {
    place('here');
    first(2, { ...says(200, ''), headers: { 'content-length': '9000000000' } } as Fault);
    assert.equal(textRead(await storage.read(KEY)), 'here');
  });

  test('nothing but 503 ends after the budget, with what was said', async () => {
    const short = createStorages(async () => fake.options, {
      tuning: { ...QUICK, stallMs: 10_000, budgetMs: 300 },
    });
    fake.plan(() => says(503, 'SlowDown'));
    const startedMs = performance.now();
    await assert.rejects(short.open(`s3://${BUCKET}/run`).read(KEY), (error: unknown) => {
      assert.ok(error instanceof VergerError);
      assert.deepEqual([error.code, error.permanent], ['E_STORAGE', false]);
      assert.match(error.message, /503 SlowDown to GetObject/);
      return true;
    });
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs >= 300 && tookMs < 2000, `${tookMs}`);
    await short.close();
  });

  test('no more requests are under way than allowed', async () => {
    const narrow = createStorages(async () => fake.options, { tuning: { requests: 5 } });
    const over = narrow.open(`s3://${BUCKET}/run`);
    const abort = new AbortController();
    const { signal } = abort;
    fake.plan(() => ({ kind: 'silent' }));
    const before = fake.requests.length;
    const reads = Array.from({ length: 30 }, (_, index) => over.read(`n/${index}`, { signal }));
    await until('five requests', () => fake.requests.length - before >= 5);
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    abort.abort(new Error('seen'));
    await Promise.all(reads.map((read) => assert.rejects(read, /seen/)));
    assert.equal(fake.requests.length - before, 5);
    await narrow.close();
  });

  test('an aborted signal ends a read that waits, whatever it waits for', async () => {
    place('x'.repeat(1000));
    const faults: Fault[] = [{ kind: 'silent' }, { kind: 'stall', afterBytes: 5 }, says(503, 'SlowDown')];
    for (const fault of faults) {
      const abort = new AbortController();
      const reason = new Error('enough');
      fake.plan((_, number) => {
        if (number === 0) setImmediate(() => abort.abort(reason));
        return fault;
      });
      await assert.rejects(storage.read(KEY, { signal: abort.signal }), reason);
    }
  });

  test('a store without conditional writes is refused, and the probe leaves nothing behind', async () => {
    await probeConditionalWrites(storage);
    assert.equal(fake.bucket(BUCKET).objects.size, 0);
    const bad = await startFakeS3({ buckets: [BUCKET], unconditional: true });
    const there = createStorages(async () => bad.options, { tuning: QUICK });
    try {
      await assert.rejects(probeConditionalWrites(there.open(`s3://${BUCKET}`)), {
        code: 'E_STORAGE_CONDITIONAL',
      });
      assert.equal(bad.bucket(BUCKET).objects.size, 0);
      fake.plan(({ method }) => (method === 'PUT' ? says(501, 'NotImplemented') : undefined));
      await assert.rejects(probeConditionalWrites(storage), { code: 'E_STORAGE_CONDITIONAL' });
    } finally {
      await there.close();
      await bad.stop();
    }
  });
});

test('a small streamed body takes memory for itself, not for a part', async () => {
  const server = await startFakeS3({ buckets: [BUCKET] });
  // No machine has this much: taken for one body, it could not be sent.
  const own = createStorages(async () => server.options, { tuning: { ...QUICK, partBytes: 2 ** 43 } });
  try {
    const body = async function* () {
      for (let piece = 0; piece < 40; piece += 1) yield randomBytes(piece * 100);
    };
    assert.equal(await own.open(`s3://${BUCKET}`).create('small', body()), 'created');
    assert.equal(server.bucket(BUCKET).objects.get('small')?.bytes.length, 78_000);
  } finally {
    await own.close();
    await server.stop();
  }
});
