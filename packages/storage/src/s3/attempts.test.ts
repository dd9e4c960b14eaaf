import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { withS3Attempts } from './attempts.ts';
import { S3Connection } from './connection.ts';
import { CredentialsExpired } from './credentials.ts';
import type { S3Tuning } from './tuning.ts';

const PLACE = { path: 'a', location: 's3://bucket' };
const CALL = { operation: 'GetObject', place: PLACE, bytes: 0 };
const SETTINGS = { endpoint: 'http://127.0.0.1:9', pathStyle: true, region: 'us-east-1' };
const QUICK = { budgetMs: 0, unreachableMs: 0, backoffMs: 1, longestBackoffMs: 1 };

const connectionOf = (tuning: Partial<S3Tuning>) =>
  new S3Connection(async () => SETTINGS, { ...QUICK, ...tuning });
const never = async () => await new Promise<never>(() => {});

test('an attempt that listens to no signal ends with that of its caller', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  const call = withS3Attempts(connectionOf({}), { ...CALL, signal: abort.signal }, async () => {
    abort.abort(reason);
    return await never();
  });
  await assert.rejects(call, reason);
});

test('an attempt that ignores signals ends at its deadline; a later error is ignored', async () => {
  let attempts = 0;
  let fail = (_: Error) => {};
  const late = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const call = withS3Attempts(connectionOf({ attemptMs: 1 }), CALL, async () => {
    attempts += 1;
    return await late;
  });
  await assert.rejects(call, (error) => error instanceof VergerError && /took too long/.test(error.message));
  assert.equal(attempts, 3);
  fail(new Error('too late'));
  await new Promise(setImmediate);
});

test('credentials that stay expired are waited for once, and no request is held meanwhile', async () => {
  const connection = connectionOf({ requests: 1, renewMs: 10_000 });
  const { credentials } = await connection.load();
  connection.served = true;
  const waitedMs: number[] = [];
  credentials.renew = async (_, forMs) => {
    waitedMs.push(forMs);
    const release = await connection.limiter.take(0); // would wait for ever
    release();
    return false;
  };
  let attempts = 0;
  const call = withS3Attempts(connection, CALL, async () => {
    attempts += 1;
    throw new CredentialsExpired('over');
  });
  await assert.rejects(call, { code: 'E_S3_EXPIRED' });
  assert.deepEqual([attempts, waitedMs], [2, [10_000]]);
});
