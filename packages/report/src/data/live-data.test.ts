import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  applied,
  deltaOf,
  emptyColumns,
  type LiveAttempt,
  type LiveFacts,
  type LiveMessage,
  type LiveState,
  type LiveWorker,
  snapshotOf,
} from './live-data.ts';
import { committedBars, rateBins } from './live-rate.ts';

const AT = '2026-11-30T12:00:00.000Z';
const FACTS: LiveFacts = {
  ...{ words: 'running', tone: 'active', isOver: false, originMs: Date.parse(AT) - 60_000, epoch: 1 },
  ...{ partitions: 4, listed: 400, extracted: 0, quarantined: 0, reused: 0, perSecond: null },
  ...{ livePerSecond: null, etaMs: null, deadline: null, deadlineLeft: null, k: null, kept: null },
  ...{ target: 0.75, knowsRunning: true, stages: [], troubles: [], workers: [], failures: [], attempts: [] },
  ...{ quarantine: [], hasModel: false, hasReport: false, jobs: null },
};

function stateOf(partitions: number, facts: Partial<LiveFacts> = {}): LiveState {
  const columns = emptyColumns(partitions);
  columns.images.fill(100);
  columns.worker.fill(0xffff);
  return { at: AT, facts: { ...FACTS, ...facts }, columns };
}

/** What the page has after messages that went through JSON. */
const received = (...messages: (LiveMessage | 'snapshot' | undefined)[]) =>
  messages.reduce<LiveState | undefined>((state, message) => {
    assert.ok(message !== undefined && message !== 'snapshot');
    return applied(state, JSON.parse(JSON.stringify(message)) as LiveMessage);
  }, undefined);

test('a snapshot and what follows it make the state of the server, and only what changed is sent', () => {
  const first = stateOf(20_000);
  const second = stateOf(20_000, { extracted: 200 });
  for (const at of [7, 19_999]) {
    second.columns.state[at] = 3;
    second.columns.end[at] = 4_000_000_000;
    second.columns.wallMs[at] = 70_000;
    second.columns.extracted[at] = 100;
  }
  const delta = deltaOf(first, second);
  assert.ok(typeof delta === 'object');
  assert.deepEqual(Object.keys(delta.facts ?? {}), ['extracted']);
  assert.ok(JSON.stringify(delta).length < 500);
  assert.ok(JSON.stringify(snapshotOf(first)).length < 20_000 * 42);
  assert.deepEqual(received(snapshotOf(first), delta), second);
});

test('nothing new is no message; another number of partitions takes a snapshot', () => {
  assert.equal(deltaOf(stateOf(4), { ...stateOf(4), at: '2026-11-30T12:00:03.000Z' }), undefined);
  assert.equal(deltaOf(stateOf(4), stateOf(5)), 'snapshot');
});

test('a change without a snapshot before it is nothing', () => {
  const delta = deltaOf(stateOf(4), stateOf(4, { extracted: 1 }));
  assert.ok(typeof delta === 'object');
  assert.equal(applied(undefined, delta), undefined);
});

test('images of a commit are spread over its time, reused ones left out; all of them are counted', () => {
  const state = stateOf(4);
  const { columns } = state;
  for (const [at, end] of [1000, 2000, 3000].entries()) {
    columns.end[at] = end;
    columns.wallMs[at] = 10_000;
    columns.extracted[at] = 90;
    columns.quarantined[at] = 10;
  }
  columns.reused[2] = 100;
  const bins = rateBins(state);
  assert.equal(bins?.fromMs, FACTS.originMs);
  assert.equal(bins?.binMs, 1000);
  assert.deepEqual(
    bins?.perSecond.map((rate) => Math.round(rate * 1e6) / 1e6),
    [...Array(20).fill(10), ...Array(10).fill(0)],
  );
  assert.equal(rateBins(stateOf(4)), null);
});

test('the mean rate leaves pauses out, and the end of the line is open while partitions are under way', () => {
  const state = stateOf(3);
  const { end, wallMs, extracted } = state.columns;
  // 10 s of work, 80 s of nothing, 10 s of work: 100 images each.
  Object.assign(end, { 0: 1_000, 1: 10_000 });
  wallMs.fill(10_000);
  Object.assign(extracted, { 0: 100, 1: 100 });
  const bins = rateBins(state);
  assert.equal(bins?.meanPerSecond, 10);
  assert.deepEqual([bins?.perSecond.length, bins?.openFrom], [100, 90], 'as long as partitions take');
  assert.equal(rateBins({ ...state, facts: { ...state.facts, isOver: true } })?.openFrom, 100);
  Object.assign(end, { 2: 2_000 });
  assert.equal(rateBins(state)?.openFrom, 100, 'all are committed');
});

test('a change of one of many workers sends that one, and one more attempt sends that one', () => {
  const worker = (at: number): LiveWorker => ({
    ...{ name: `w${at}`, host: 'h', pid: at, cpu: null, processes: 4, alive: true, partitions: 1 },
    ...{ images: 10, perSecond: at, lastMs: null, holds: [], trouble: [] },
  });
  const attempt = (at: number): LiveAttempt => ({
    ...{ partition: at, attempt: 1, code: 'E_X', reason: 'r', path: null, next: 'n', permanent: false },
    ...{ worker: 0, atMs: at },
  });
  const workers = Array.from({ length: 500 }, (_, at) => worker(at));
  const attempts = Array.from({ length: 300 }, (_, at) => attempt(at));
  const before = stateOf(2, { workers, attempts });
  const after = stateOf(2, {
    workers: [...workers.map((one, at) => (at === 7 ? { ...one, perSecond: 99 } : one)), worker(500)],
    attempts: [...attempts.slice(1), attempt(300)],
  });
  const delta = deltaOf(before, after);
  assert.ok(JSON.stringify(delta).length < 1_000, JSON.stringify(delta).slice(0, 200));
  assert.deepEqual(received(snapshotOf(before), delta)?.facts, after.facts);
  const fewer = stateOf(2, { workers: workers.slice(0, 3), attempts: [] });
  assert.deepEqual(received(snapshotOf(before), deltaOf(before, fewer))?.facts, fewer.facts);
});

test('bars are the committed partitions of known workers', () => {
  const state = stateOf(3);
  Object.assign(state.columns.end, { 0: 1000, 1: 2000 });
  state.columns.worker[1] = 0;
  state.columns.wallMs[1] = 5_000;
  const bars = committedBars(state);
  assert.deepEqual([...bars.partition], [1]);
  assert.deepEqual([...bars.startMs], [FACTS.originMs + 15_000]);
});
