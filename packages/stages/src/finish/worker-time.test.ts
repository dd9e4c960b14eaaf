import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Commit, WorkerRef } from '@verger/core';
import { WORKER } from '@verger/testkit/run-harness';
import { workerTimes } from './worker-time.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const A: WorkerRef = { ...WORKER, host: 'a', cpu: 'EPYC', instanceType: 'c7a.xlarge' };
const B: WorkerRef = { ...WORKER, host: 'b', cpu: 'EPYC', instanceType: 'c7a.xlarge' };
const C: WorkerRef = { ...WORKER, host: 'c', cpu: 'Xeon' };

/** As much of a commit as counts: it was under way from one second to another. */
function commit(worker: WorkerRef, from: number, to: number, extracted = 10): Commit {
  const at = new Date(START + to * 1000).toISOString();
  return { worker, at, extracted, timings: { wallMs: (to - from) * 1000 } } as Commit;
}

test('the time of a worker counts once however many partitions it had, and pauses do not', () => {
  const commits = [commit(A, 0, 10), commit(A, 5, 12), commit(A, 6, 8), commit(A, 100, 101)];
  assert.deepEqual(workerTimes(commits), [{ type: 'c7a.xlarge', workers: 1, images: 40, seconds: 13 }]);
});

test('workers of one type are added up; a machine without a type is known by its CPU', () => {
  const commits = [commit(C, 0, 3), commit(A, 0, 10), commit(B, 0, 10, 7), commit(WORKER, 0, 1)];
  assert.deepEqual(workerTimes(commits), [
    { type: 'c7a.xlarge', workers: 2, images: 17, seconds: 20 },
    { type: 'Xeon', workers: 1, images: 10, seconds: 3 },
    { type: 'this machine', workers: 1, images: 10, seconds: 1 },
  ]);
});

test('of very many types the rest is one line', () => {
  const commits = Array.from({ length: 30 }, (_, index) =>
    commit({ ...WORKER, host: `h${index}`, instanceType: `t${index}.large` }, 0, 30 - index),
  );
  const times = workerTimes(commits);
  assert.equal(times.length, 21);
  assert.deepEqual(times.at(-1), { type: 'other', workers: 10, images: 100, seconds: 55 });
});
