import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Epoch, epochSchema, sha256, successSchema, VergerError, withSelfHash } from '@verger/core';
import { openLocalStorage } from '@verger/storage';
import { temporaryFolder, WORKER } from '@verger/testkit/run-harness';
import fc from 'fast-check';
import {
  createOrCompare,
  parseRecord,
  readFile,
  readRecord,
  recordBytes,
  requireFile,
  sha256Async,
} from './records.ts';

const EPOCH: Epoch = withSelfHash({
  format: 'verger-epoch-1' as const,
  epoch: 3,
  cause: 'resume' as const,
  finish: { csv: false, withImages: false, csvRaw: false, maxBad: 0.05 },
  by: WORKER,
  at: '2026-01-01T00:00:00.000Z',
});
const SUCCESS = withSelfHash({
  format: 'verger-success-1' as const,
  verdict: 'ok' as const,
  epoch: 1,
  listed: 2,
  extracted: 2,
  quarantined: 0,
  k: 1,
  files: { 'pca/model.json': { sha256: 'ab'.repeat(32), bytes: 7 } },
});

const corrupt = (detail: RegExp) => ({ code: 'E_RUN_CORRUPT', message: detail });

test('a record reads back as it was written, in lines that end', () => {
  assert.deepEqual(parseRecord(recordBytes(EPOCH), epochSchema, 'x'), EPOCH);
  assert.deepEqual(parseRecord(recordBytes(SUCCESS), successSchema, 'x'), SUCCESS);
  assert.equal(Buffer.from(recordBytes({ a: 1 })).toString('utf8'), '{\n "a": 1\n}\n');
});

test('what is no record is E_RUN_CORRUPT with the place and what is wrong', () => {
  const parse = (text: string | Uint8Array) => () => parseRecord(Buffer.from(text), epochSchema, 'runs/x');
  assert.throws(parse('{'), { ...corrupt(/not JSON/), place: { location: 'runs/x' } });
  assert.throws(parse(''), corrupt(/not JSON/));
  assert.throws(parse(Uint8Array.of(0x22, 0xff, 0x22)), corrupt(/not JSON/));
  assert.throws(parse('null'), corrupt(/it: /));
  assert.throws(parse(JSON.stringify({ ...EPOCH, epoch: 0 })), corrupt(/epoch: /));
  assert.throws(parse(JSON.stringify({ ...EPOCH, more: 1 })), corrupt(/more/));
});

test('whatever is changed in a sealed record is found', () => {
  const text = JSON.stringify(SUCCESS);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(...'0123456789abcdef'), (at, digit) => {
      fc.pre(text[at] !== digit);
      const changed = text.slice(0, at) + digit + text.slice(at + 1);
      assert.throws(() => parseRecord(Buffer.from(changed), successSchema, 'x'), { code: 'E_RUN_CORRUPT' });
    }),
  );
  const more = JSON.stringify({ ...SUCCESS, extracted: 1, quarantined: 1 });
  assert.throws(() => parseRecord(Buffer.from(more), successSchema, 'x'), corrupt(/self-hash/));
});

test('a file that is not there is undefined, or E_RUN_CORRUPT where it must be', async (t) => {
  const store = openLocalStorage(await temporaryFolder(t));
  assert.equal(await readFile(store, 'x.json'), undefined);
  assert.equal(await readRecord(store, 'x.json', epochSchema), undefined);
  await assert.rejects(requireFile(store, 'x.json'), corrupt(/missing/));
  const forbidden = { ...store, read: async () => ({ status: 'forbidden' as const, reason: '403' }) };
  await assert.rejects(readFile(forbidden, 'x.json'), { code: 'E_STORAGE', message: /403/ });
  const error = new VergerError('E_S3_ARCHIVED');
  const read = async () => ({ status: 'forbidden' as const, reason: 'S3 says so.', error });
  const archived = { code: 'E_S3_ARCHIVED', message: /S3 says so/ };
  await assert.rejects(readFile({ ...store, read }, 'x.json'), archived);
});

test('a file that is a function of others is created, found the same, or found different', async (t) => {
  const store = openLocalStorage(await temporaryFolder(t));
  assert.equal(await createOrCompare(store, 'x', Buffer.from('one')), 'created');
  assert.equal(await createOrCompare(store, 'x', Buffer.from('one')), 'same');
  assert.equal(await createOrCompare(store, 'x', Buffer.from('two')), 'differs');
  assert.equal(Buffer.from((await readFile(store, 'x')) ?? '').toString('utf8'), 'one');
});

test('the hash off this thread is that on it', async () => {
  const bytes = new Uint8Array(100_000).map((_, index) => index % 251);
  assert.equal(await sha256Async(bytes), sha256(bytes));
  assert.equal(await sha256Async(bytes.subarray(7, 70)), sha256(bytes.subarray(7, 70)));
});
