import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stage } from '@verger/core';
import type { DriverEvent } from '@verger/driver';
import { RunTracker } from './tracker.ts';

/** A tracker that has seen events, one a second from second 0 on. */
function tracked(...events: DriverEvent[]): RunTracker {
  const tracker = new RunTracker();
  for (const [second, event] of events.entries()) tracker.see(event, second * 1000);
  return tracker;
}

const start = (stage: Stage, total = 1, done = 0): DriverEvent => ({
  type: 'stage:start',
  stage,
  total,
  done,
});
const done = (stage: Stage, ms = 10): DriverEvent => ({ type: 'stage:done', stage, ms });
const images = (extracted: number, codes: Record<string, number> = {}): DriverEvent => ({
  type: 'images:done',
  extracted,
  quarantined: Object.values(codes).reduce((sum, count) => sum + count, 0),
  codes,
});
const failed = (code: string, partition: number): DriverEvent => ({
  ...{ type: 'attempt:failed', stage: 'extract', partition, attempt: 1, code, reason: 'Why.', path: null },
});

const statesOf = (tracker: RunTracker) => {
  const { stages } = tracker.view(0);
  return [stages.extract, stages.reduce, stages.project, stages.finish].map(({ state }) => state);
};

test('a stage waits, runs and is done, and knows how long', () => {
  const tracker = tracked(start('extract', 10), images(4));
  assert.deepEqual(statesOf(tracker), ['running', 'waiting', 'waiting', 'waiting']);
  assert.deepEqual(tracker.view(2500).stages.extract, { state: 'running', done: 4, total: 10, ms: 2500 });
  tracker.see(images(6), 3000);
  tracker.see(done('extract', 3000), 3000);
  tracker.see(start('reduce'), 3000);
  assert.deepEqual(statesOf(tracker), ['done', 'running', 'waiting', 'waiting']);
  assert.equal(tracker.view(9000).stages.extract.ms, 3000);
});

test('stages that an earlier command did are told from those that a run without features does not need', () => {
  assert.deepEqual(statesOf(tracked(start('project'))), ['earlier', 'earlier', 'running', 'waiting']);
  const bad = tracked(start('extract'), done('extract'), start('finish'));
  assert.deepEqual(statesOf(bad), ['done', 'skipped', 'skipped', 'running']);
  assert.deepEqual(statesOf(tracked(start('finish'))), ['earlier', 'earlier', 'earlier', 'running']);
});

test('an epoch that extracts again begins with its first stage again', () => {
  const tracker = tracked(
    start('extract'),
    done('extract'),
    start('reduce'),
    done('reduce'),
    start('extract', 5, 2),
  );
  assert.deepEqual(statesOf(tracker), ['running', 'waiting', 'waiting', 'waiting']);
  assert.deepEqual(tracker.view(0).stages.extract.done, 2);
});

test('what is under way when the command ends has stopped; what was done is done', () => {
  const tracker = tracked(start('extract', 10), done('extract'), start('reduce'));
  tracker.stop(7000);
  assert.deepEqual(statesOf(tracker), ['done', 'stopped', 'waiting', 'waiting']);
  assert.equal(tracker.view(99_000).stages.reduce.ms, 5000, 'its clock stands still');
  const idle = new RunTracker();
  idle.stop(1);
  assert.deepEqual(statesOf(idle), ['waiting', 'waiting', 'waiting', 'waiting']);
});

test('quarantine is counted by code over all epochs, and not twice', () => {
  const before = images(5, { E_IMG_EMPTY: 1 });
  const tracker = tracked(before, start('extract', 20, 6), images(2, { E_IMG_EMPTY: 1, E_IMG_TRUNCATED: 3 }));
  const { quarantined, codes } = tracker.view(0);
  assert.deepEqual(
    [quarantined, codes],
    [
      5,
      [
        ['E_IMG_TRUNCATED', 3],
        ['E_IMG_EMPTY', 2],
      ],
    ],
  );
  tracker.see(done('extract'), 5000);
  tracker.see(images(7, { E_IMG_EMPTY: 2, E_IMG_TRUNCATED: 3 }), 5000);
  assert.equal(tracker.view(0).quarantined, 5, 'the next epoch tells what all before it have');
  assert.deepEqual(tracker.view(0).codes, [
    ['E_IMG_TRUNCATED', 3],
    ['E_IMG_EMPTY', 2],
  ]);
});

test('images found of an earlier attempt are done, but make no speed', () => {
  const found: DriverEvent = { type: 'images:done', extracted: 50, quarantined: 0, found: true };
  const tracker = tracked(start('extract', 100), found, images(10));
  const { perSecond, leftMs } = tracker.view(2000);
  assert.deepEqual([perSecond, leftMs], [5, 8000]);
  assert.deepEqual({ ...tracker.counts('extract') }.found, 50);
});

test('speed is of the running stage only, and unknown where nothing is counted', () => {
  const tracker = tracked(start('extract', 10), images(10), done('extract'), start('reduce'));
  assert.deepEqual([tracker.view(3000).perSecond, tracker.view(3000).leftMs], [null, null]);
  assert.equal(tracked(start('project', 4)).view(1000).leftMs, null, 'nothing is done yet');
  const project = tracked(start('project', 4), { type: 'partition:done', stage: 'project', partition: 0 });
  assert.equal(project.view(1000).leftMs, 3000);
});

test('failed attempts are counted by code, with the newest of them', () => {
  const { failed: seen } = tracked(
    failed('E_STORAGE', 1),
    failed('E_IMG_READ', 2),
    failed('E_STORAGE', 3),
  ).view(0);
  assert.deepEqual(seen.codes, [
    ['E_STORAGE', 2],
    ['E_IMG_READ', 1],
  ]);
  assert.deepEqual([seen.attempts, seen.newest?.partition], [3, 3]);
});

test('before the stages it says what is listed, downloaded or verified, and nothing of that later', () => {
  const image = { path: 'a', label: '', bytes: 1, version: 'v' };
  const listed: DriverEvent = { type: 'listing:image', image, archived: false };
  const tracker = tracked(listed, listed);
  assert.deepEqual(tracker.view(0).preparing, { type: 'listing', images: 2 });
  const fetching: DriverEvent = { type: 'weights:fetching', receivedBytes: 5, totalBytes: 10 };
  tracker.see(fetching, 0);
  assert.deepEqual(tracker.view(0).preparing, fetching);
  tracker.see(start('extract'), 0);
  tracker.see(fetching, 0);
  assert.equal(tracker.view(0).preparing, null);
});
