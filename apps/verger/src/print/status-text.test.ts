import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure } from '@verger/core';
import { wrapText } from '../cli/wrap.ts';
import { type StatusFacts, statusText } from './status-text.ts';

const LOCATION = 's3://results/a-long-name-of-a-run-that-somebody-gave-it';
const worker = { host: 'worker-17.internal', pid: 4711, name: 'worker-17' };

const failure = (attempt: number, code: string, at: string): Failure => ({
  ...{
    format: 'verger-failure-1',
    kind: 'extract',
    partition: 17,
    epoch: 3,
    attempt,
    code,
    permanent: false,
  },
  ...{
    reason: 'S3 answered 503 (SlowDown). '.repeat(12),
    next: 'Look at the store; `verger resume RUN` continues.',
  },
  ...{ path: `Apple/${'x'.repeat(200)}.jpg`, worker, at, selfHash: '' },
});

/** Everything that a status can say at once. */
const FULL = {
  manifest: {
    ...{ runId: 'a-long-name-of-a-run-that-somebody-gave-it', images: 's3://photographs/2026/autumn' },
    ...{ listing: { images: 1_000_000 }, partitions: Array.from({ length: 1954 }) },
  },
  ...{ location: LOCATION, words: 'running on workers, or waiting for them', isDone: false },
  ...{ extracted: 600_000, quarantined: 1204, codes: { E_IMG_TRUNCATED: 1200, E_IMG_EMPTY: 4 } },
  ...{ committed: 1172, projected: 0, hasModel: false, epochNumber: 3 },
  epoch: {
    ...{ at: '2026-11-30T10:00:00.000Z', by: worker, deadline: '2026-11-30T12:00:00.000Z' },
    queue: 'redis://queue:6379 verger',
  },
  decision: {
    at: '2026-11-30T11:00:00.000Z',
    fromVcpus: 16,
    vcpus: 32,
    reason: `${'Images wait. '.repeat(9)}`,
  },
  queue: {
    queue: 'redis://queue:6379 verger',
    seen: {
      ...{ workers: 8, reducers: 1, waiting: 700, active: 16, delayed: 2, troubles: [] },
      idle: Array.from(
        { length: 9 },
        (_, at) => `worker w${at} on host cannot work: E_OUTPUT_FULL: No space left`,
      ),
    },
  },
  failures: [
    failure(2, 'E_STORAGE', '2026-11-30T11:05:00.000Z'),
    failure(3, 'E_IMG_READ', '2026-11-30T11:09:00.000Z'),
    failure(1, 'E_STORAGE', '2026-11-30T11:01:00.000Z'),
  ],
  resume: `./verger resume ${LOCATION} --redis redis://queue:6379`,
} as unknown as StatusFacts;

const shown = (facts: StatusFacts) =>
  statusText(facts, { columns: 80, nowMs: Date.parse('2026-11-30T11:30:00Z'), names: { run: LOCATION } });

test('a status with everything that can go wrong fits a screen of 24 rows and 80 columns', () => {
  const rows = wrapText(shown(FULL), 80).split('\n');
  assert.ok(rows.length <= 23, `${rows.length} rows:\n${rows.join('\n')}`);
});

test('failed attempts are counted by code, and the newest is told with what to do', () => {
  const text = shown(FULL);
  assert.match(text, /\n {2}failed {6}3 attempts in this epoch: E_STORAGE × 2, E_IMG_READ × 1\n/);
  assert.match(text, /\n {2}newest {6}extract of partition 17, attempt 3: E_IMG_READ S3 answered/);
  assert.match(text, /\n {14}→ Look at the store; `\S*verger resume s3:\/\/results\/a-long/);
  assert.match(text, /\n {2}quarantine {2}E_IMG_TRUNCATED × 1,200, E_IMG_EMPTY × 4\n/);
});

test('a run that is done and well has no line for what did not happen', () => {
  const text = shown({
    ...{ ...FULL, words: 'done', isDone: true, quarantined: 0, codes: {}, queue: undefined, failures: [] },
    ...{ resume: null, decision: null, epoch: undefined },
  });
  assert.doesNotMatch(text, /quarantine {2}|failed|newest|queue|deadline|resume/);
  assert.equal(text.split('\n').length, 7);
});
