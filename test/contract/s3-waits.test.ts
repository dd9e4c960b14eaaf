import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createStorages, type Storages } from '@verger/storage';
import { type FakeS3, type Fault, startFakeS3 } from '@verger/testkit/fake-s3';
import { TEST_ENV } from '@verger/testkit/s3-server';
import { bytesOf, keysOf, streamed } from './storage-facts.ts';

Object.assign(process.env, TEST_ENV);

const BUCKET = 'waits';
/** A hundredth of what commands use. */
const TUNING = {
  budgetMs: 600,
  unreachableMs: 600,
  stallMs: 200,
  attemptMs: 300,
  backoffMs: 5,
  longestBackoffMs: 80,
  noticeMs: 70,
  noticeAgainMs: 300,
};
const UNWELL: Readonly<Record<string, Fault>> = {
  'S3 answered 503 SlowDown': { kind: 'answer', status: 503, code: 'SlowDown' },
  'S3 sent no complete answer': { kind: 'reset', when: 'before' },
  'no answer yet': { kind: 'silent' },
};

describe('S3 storage: nobody waits without knowing for what', () => {
  let fake: FakeS3;
  let storages: Storages;
  const told: string[] = [];

  before(async () => {
    fake = await startFakeS3({ buckets: [BUCKET] });
    storages = createStorages(async () => fake.options, { tuning: TUNING });
    storages.onWait((text) => void told.push(text));
    await storages.prepare([`s3://${BUCKET}`]);
    // Credentials, sockets and the mould of reads are there: no call waits for what comes only once.
    const storage = storages.open(`s3://${BUCKET}/run`);
    await keysOf(storage);
    await storage.read('a/x');
  });
  after(async () => {
    await storages.close();
    await fake.stop();
  });

  for (const [words, fault] of Object.entries(UNWELL)) {
    test(`a read, a list and writes that get "${words}" are reported while they are tried`, async () => {
      const storage = storages.open(`s3://${BUCKET}/run`);
      fake.plan(() => fault);
      const calls: readonly [string, () => Promise<unknown>][] = [
        [`GetObject of s3://${BUCKET}/run/a/x`, () => storage.read('a/x')],
        [`ListObjectsV2 of s3://${BUCKET}/run`, () => keysOf(storage)],
        [`PutObject of s3://${BUCKET}/run/a/x`, () => storage.create('a/x', bytesOf('x'))],
        [`PutObject of s3://${BUCKET}/run/a/x`, () => storage.create('a/x', streamed('x'))],
        [`PutObject of s3://${BUCKET}/run/a/x`, () => storage.replace('a/x', bytesOf('x'))],
        [`DeleteObject of s3://${BUCKET}/run/a/x`, () => storage.remove('a/x')],
      ];
      for (const [what, call] of calls) {
        told.length = 0;
        await assert.rejects(call(), { code: 'E_STORAGE' });
        const line = `waiting for S3 for 1 s: ${what}: ${words}`;
        assert.ok(
          told.some((text) => text.startsWith(line)),
          told.join(' | '),
        );
      }
    });
  }

  test('an endpoint that is not there is told of', async () => {
    const nowhere = createStorages(async () => ({ ...fake.options, endpoint: 'http://127.0.0.1:9' }), {
      tuning: { ...TUNING, unreachableMs: 1500 },
    });
    await nowhere.prepare([`s3://${BUCKET}`]);
    const lines: string[] = [];
    nowhere.onWait((text) => void lines.push(text));
    await assert.rejects(keysOf(nowhere.open(`s3://${BUCKET}`)), { code: 'E_S3_UNREACHABLE' });
    await nowhere.close();
    assert.match(
      lines.join('\n'),
      /ListObjectsV2 of s3:\/\/waits: .*ECONNREFUSED.*; retrying for \d s more$/m,
    );
  });
});
