import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Commit,
  type Failure,
  isSealed,
  MOST_TIMELINE_FAILURES,
  timelineSchema,
  type WorkerRef,
} from '@verger/core';
import { buildTimeline } from './timeline.ts';

const HASH = 'ab'.repeat(32);
const START = Date.parse('2026-11-30T10:00:00.000Z');
const FILE = { sha256: HASH, bytes: 1 };
const ONE: WorkerRef = { host: 'one', pid: 1, name: 'a', cpu: 'AMD EPYC' };
const OTHER: WorkerRef = { host: 'other', pid: 1, name: 'b' };

function commit(partition: number, worker: WorkerRef, own: Partial<Commit> & { endMs: number }): Commit {
  const { endMs, ...rest } = own;
  return {
    ...{ format: 'verger-commit-1', runIdentity: HASH, partition, rowsDigest: HASH, selfHash: HASH },
    ...{ features: FILE, sums: FILE, listed: 10, extracted: 10, quarantined: {}, numericClass: 'x' },
    ...{ adopted: false, epoch: 1, attempt: 1, worker },
    at: new Date(START + endMs).toISOString(),
    timings: { readMs: 1.4, decodeMs: 2.6, inferenceMs: 70, encodeMs: 3, wallMs: 800.2 },
    ...rest,
  };
}

function failure(atMs: number, own: Partial<Failure> = {}): Failure {
  return {
    ...{ format: 'verger-failure-1', kind: 'extract', partition: 1, epoch: 1, attempt: 1, code: 'E_STORAGE' },
    ...{ reason: 'r', next: 'n', path: null, permanent: false, worker: OTHER, selfHash: HASH },
    at: new Date(START + atMs).toISOString(),
    ...own,
  };
}

const build = (commits: readonly Commit[], failures: readonly Failure[] = []) =>
  timelineSchema.parse(buildTimeline({ identity: HASH, epoch: 2, commits, failures }));

test('commits become columns that count from the begin of the first partition', () => {
  const commits = [
    commit(0, ONE, { endMs: 2000, listed: 12, quarantined: { E_IMG_DECODE: 2 }, attempt: 3 }),
    commit(1, OTHER, { endMs: 1000, epoch: 2, reused: 4 }),
    commit(2, ONE, { endMs: 3000 }),
  ];
  const { originMs, workers, partitions, codes, ...rest } = build(commits);
  assert.equal(originMs, START + 200, '1,000 ms less 800');
  assert.deepEqual(workers, [ONE, OTHER]);
  assert.deepEqual(partitions.worker, [0, 1, 0]);
  assert.deepEqual(partitions.endMs, [1800, 800, 2800]);
  assert.deepEqual(partitions.wallMs, [800, 800, 800]);
  assert.deepEqual(
    [partitions.epoch, partitions.attempt],
    [
      [1, 2, 1],
      [3, 1, 1],
    ],
  );
  assert.deepEqual(
    [partitions.extracted, partitions.quarantined, partitions.reused],
    [
      [10, 10, 10],
      [2, 0, 0],
      [0, 4, 0],
    ],
  );
  assert.deepEqual([partitions.readMs[0], partitions.decodeMs[0]], [1, 3], 'whole milliseconds');
  assert.deepEqual(codes, [{ partition: 0, counts: { E_IMG_DECODE: 2 } }]);
  assert.deepEqual([rest.epoch, rest.runIdentity, rest.failures], [2, HASH, []]);
  assert.ok(isSealed(build(commits)));
});

test('failed attempts come the oldest first, of workers without a commit too', () => {
  const late = failure(5000, { code: 'E_CHILD_DIED', attempt: 2, permanent: true });
  const whole = failure(100, { kind: 'reduce', partition: null, epoch: 2 });
  const { failures, workers } = build([commit(0, ONE, { endMs: 2000 })], [late, whole]);
  assert.deepEqual(workers, [ONE, OTHER]);
  assert.deepEqual(
    failures.map(({ kind, partition, atMs, worker, permanent }) => [
      kind,
      partition,
      atMs,
      worker,
      permanent,
    ]),
    [
      ['reduce', null, -1100, 1, false],
      ['extract', 1, 3800, 1, true],
    ],
  );
});

test('of very many failed attempts the newest are kept', () => {
  const many = Array.from({ length: MOST_TIMELINE_FAILURES + 5 }, (_, index) => failure(10_000 - index));
  const { failures } = build([commit(0, ONE, { endMs: 2000 })], many);
  assert.equal(failures.length, MOST_TIMELINE_FAILURES);
  assert.equal(failures.at(-1)?.atMs, 10_000 - 1200);
});
