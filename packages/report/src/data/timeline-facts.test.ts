import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Timeline } from '@verger/core';
import { retriesOf, stragglersOf } from './timeline-facts.ts';

interface Part {
  readonly endMs: number;
  readonly wallMs: number;
  readonly images?: number;
  readonly reused?: number;
  readonly epoch?: number;
  readonly attempt?: number;
}

function timelineOf(parts: readonly Part[], failures: Timeline['failures'] = []): Timeline {
  const column = (value: (part: Part) => number) => parts.map(value);
  const zero = column(() => 0);
  return {
    ...{ format: 'verger-timeline-1', runIdentity: 'ab'.repeat(32), epoch: 1, originMs: 0 },
    workers: [{ host: 'one', pid: 1, name: 'a' }],
    partitions: {
      ...{ worker: zero, readMs: zero, decodeMs: zero, inferenceMs: zero, encodeMs: zero, quarantined: zero },
      epoch: column(({ epoch = 1 }) => epoch),
      attempt: column(({ attempt = 1 }) => attempt),
      endMs: column(({ endMs }) => endMs),
      wallMs: column(({ wallMs }) => wallMs),
      extracted: column(({ images = 100 }) => images),
      reused: column(({ reused = 0 }) => reused),
    },
    ...{ codes: [], failures, selfHash: 'ab'.repeat(32) },
  };
}

const failed = (partition: number | null, atMs: number, own: Partial<Timeline['failures'][number]> = {}) => ({
  ...{ kind: 'extract' as const, partition, epoch: 1, attempt: 1, code: 'E_STORAGE', permanent: false },
  ...{ worker: 0, atMs, ...own },
});

test('a straggler takes twice the time per image, and a second more; images of another run do not count', () => {
  const usual = Array.from({ length: 6 }, (_, at) => ({ endMs: 1000 * at, wallMs: 1000 }));
  const odd: Part[] = [
    { endMs: 9000, wallMs: 4000, attempt: 3 },
    { endMs: 9000, wallMs: 1900 },
    { endMs: 9000, wallMs: 4000, images: 400 },
    { endMs: 9000, wallMs: 900, images: 10 },
    { endMs: 9000, wallMs: 60_000, reused: 100 },
    { endMs: 9000, wallMs: 2500, images: 100, reused: 50 },
  ];
  assert.deepEqual(stragglersOf(timelineOf([...usual, ...odd])), [
    { partition: 6, worker: 0, wallMs: 4000, ratio: 4, attempts: 3 },
    { partition: 11, worker: 0, wallMs: 2500, ratio: 5, attempts: 1 },
  ]);
  assert.deepEqual(stragglersOf(timelineOf([])), []);
});

test('time lost: of one process up to the last failure, of another from the first failure to its begin', () => {
  const parts = [
    { endMs: 10_000, wallMs: 8000 },
    { endMs: 30_000, wallMs: 3000 },
    { endMs: 40_000, wallMs: 3000, epoch: 2 },
  ];
  const failures = [
    failed(0, 3000),
    failed(0, 7000, { attempt: 2, code: 'E_CHILD_DIED' }),
    failed(1, 20_000),
    failed(2, 5000),
    failed(null, 1000, { kind: 'reduce', code: 'E_OUTPUT_FULL' }),
    failed(0, 11_000, { attempt: 3 }),
  ];
  const { attempts, lostMs, codes } = retriesOf(timelineOf(parts, failures));
  assert.equal(attempts, 6);
  // Partition 0: from 2,000 to 7,000. Partition 1: from 20,000 to 27,000. The rest: no time.
  assert.equal(lostMs, 5000 + 7000);
  assert.deepEqual(
    codes.map(({ code, attempts: count }) => [code, count]),
    [
      ['E_STORAGE', 4],
      ['E_CHILD_DIED', 1],
      ['E_OUTPUT_FULL', 1],
    ],
  );
  const added = codes.reduce((sum, one) => sum + one.lostMs, 0);
  assert.ok(Math.abs(added - lostMs) <= 2);
  assert.deepEqual(retriesOf(timelineOf(parts)), { attempts: 0, lostMs: 0, codes: [] });
});

test('failed attempts that are left out are counted', () => {
  const timeline = { ...timelineOf([{ endMs: 9, wallMs: 5 }], [failed(0, 3)]), failuresLeftOut: 7 };
  assert.equal(retriesOf(timeline).attempts, 8);
});

test('time lost where another process failed first, and then the one that succeeded', () => {
  const failures = [failed(0, 10_000), failed(0, 97_000, { attempt: 2 })];
  assert.equal(retriesOf(timelineOf([{ endMs: 100_000, wallMs: 5000 }], failures)).lostMs, 87_000);
});
