import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { VergerError } from '@verger/core';
import { Waits } from './waits.ts';

const PLACE = { path: 'a/x.jpg', location: 's3://bucket/images' };

/** A connection's waits on a clock that the test moves. */
function waitsOn(t: { after: (fn: () => void) => void }) {
  mock.timers.enable({ apis: ['setInterval'] });
  let nowMs = 0;
  const now = mock.method(performance, 'now', () => nowMs);
  t.after(() => {
    mock.timers.reset();
    now.mock.restore();
  });
  const waits = new Waits({ noticeMs: 7000, noticeAgainMs: 30_000 });
  const told: [number, string][] = [];
  waits.listener = (text) => told.push([nowMs, text]);
  const pass = (ms: number) => {
    for (const endMs = nowMs + ms; nowMs < endMs; ) {
      nowMs += 250;
      mock.timers.tick(250);
    }
  };
  return { waits, told, pass };
}

test('a call refused for two minutes is reported within 10 s, and four times in all', (t) => {
  const { waits, told, pass } = waitsOn(t);
  const wait = waits.begin('GetObject', PLACE);
  wait.newest = new VergerError('E_STORAGE', {}, { detail: 'S3 answered 503 SlowDown to GetObject.' });
  wait.untilMs = 120_000;
  pass(120_000);
  waits.end(wait);
  pass(60_000);
  const [first] = told;
  assert.ok((first?.[0] ?? 0) <= 10_000);
  assert.match(
    first?.[1] ?? '',
    /^waiting for S3 for \d s: GetObject of s3:\/\/bucket\/images\/a\/x\.jpg: S3 answered 503 SlowDown to GetObject; retrying for 11\d s more$/,
  );
  assert.equal(told.length, 4);
});

test('many that wait are one line; quick ones, and those queued behind others, none', (t) => {
  const { waits, told, pass } = waitsOn(t);
  for (let second = 0; second < 60; second += 1) {
    const quick = waits.begin('PutObject', PLACE);
    pass(1000);
    waits.served();
    waits.end(quick);
  }
  const queued = waits.begin('GetObject', PLACE);
  for (let second = 0; second < 20; second += 1) {
    pass(1000);
    waits.served();
  }
  waits.end(queued);
  assert.deepEqual(told, []);
  for (let index = 0; index < 64; index += 1) waits.begin('GetObject', PLACE);
  pass(20_000);
  assert.equal(told.length, 1);
  assert.match(told[0]?.[1] ?? '', /\(and 63 more requests\): no answer yet$/);
});

test('a new wait after another is told of within 10 s, too, and lines never come closer than 7 s', (t) => {
  const { waits, told, pass } = waitsOn(t);
  for (let call = 0; call < 10; call += 1) {
    const wait = waits.begin('ListObjectsV2', { location: 's3://bucket' });
    pass(9000);
    waits.end(wait);
  }
  const gaps = told.slice(1).map(([ms], index) => ms - (told[index]?.[0] ?? 0));
  assert.equal(told.length, 10);
  assert.ok(
    gaps.every((ms) => ms >= 7000),
    `${gaps}`,
  );
});
