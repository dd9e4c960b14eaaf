import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PARTITION_STATES } from '@verger/report';
import { until } from '@verger/testkit/processes';
import type { WrittenRun } from '@verger/testkit/written-run';
import type { StreamReader } from '../http/page.ts';
import { type QueueAnswer, QueueWatch } from '../runs/queue-watch.ts';
import { KeptReader, liveSite } from '../testing/live-site.ts';
import { NOW_MS } from '../testing/run-site.ts';
import { LiveRuns } from './live-runs.ts';

const RUN: WrittenRun = {
  ...{ id: 'live-1', partitions: Array(40).fill(100), committed: [0, 1], submittedMs: NOW_MS - 60_000 },
};
const lists = (calls: readonly { kind: string; key: string }[]) =>
  calls.filter(({ kind, key }) => kind === 'list' && key === 'commits/').length;
const statesOf = (reader: KeptReader) =>
  [...(reader.state?.columns.state ?? [])].map((at) => PARTITION_STATES[at]);

test('a reader gets a snapshot, then only what has changed', async (t) => {
  const site = await liveSite(t, RUN);
  const reader = new KeptReader();
  await site.join(reader);
  assert.equal(reader.state?.facts.extracted, 200);
  await site.write({ ...RUN, committed: [0, 1, 2, 3, 4] });
  await site.passed();
  assert.equal(reader.state?.facts.extracted, 500);
  assert.deepEqual(statesOf(reader).slice(0, 7), [...Array(5).fill('committed'), 'waiting', 'waiting']);
  const [snapshot, delta] = reader.messages;
  assert.equal(snapshot?.data.isSnapshot, true);
  assert.equal(delta?.data.isSnapshot, undefined);
  assert.equal(atob(delta?.data.rows ?? '').length, 4 * 3, 'three rows');
  assert.notEqual(snapshot?.id, delta?.id);
});

test('twenty readers cost the looks of one, and get the same bytes', async (t) => {
  const site = await liveSite(t, RUN);
  const before = lists(site.calls);
  const readers = Array.from({ length: 20 }, () => new KeptReader());
  await Promise.all(readers.map((reader) => site.join(reader)));
  await site.write({ ...RUN, committed: [0, 1, 2] });
  await site.passed();
  await site.passed();
  assert.ok(lists(site.calls) - before <= 3);
  assert.equal(site.planned.length, 1, 'one look is planned');
  for (const reader of readers) assert.deepEqual(reader.texts.slice(-2), readers[0]?.texts.slice(-2));
});

test('who comes again gets a snapshot when something was missed, and nothing twice when not', async (t) => {
  const site = await liveSite(t, RUN);
  const [first, stays] = [new KeptReader(), new KeptReader()];
  await site.join(stays);
  const leaving = new AbortController();
  await site.join(first, { signal: leaving.signal });
  leaving.abort();
  const lastId = first.messages.at(-1)?.id ?? '';
  const again = new KeptReader();
  await site.join(again, { lastId });
  assert.deepEqual(Object.keys(again.messages[0]?.data ?? {}), ['at']);
  await site.write({ ...RUN, committed: [0, 1, 2] });
  await site.passed();
  const late = new KeptReader();
  await site.join(late, { lastId });
  assert.equal(late.messages[0]?.data.isSnapshot, true);
  assert.equal(late.state?.facts.extracted, 300);
  const restarted = new KeptReader();
  await site.join(restarted, { lastId: '000000000000-1' });
  assert.equal(restarted.messages[0]?.data.isSnapshot, true, 'the id of another dashboard');
});

test('nobody reads: nothing is looked at; a reader who has gone is forgotten', async (t) => {
  const site = await liveSite(t, RUN);
  const [one, other] = [new KeptReader(), new KeptReader()];
  const leaving = new AbortController();
  await site.join(one, { signal: leaving.signal });
  await site.join(other);
  leaving.abort();
  assert.equal(site.live.readers, 1);
  other.isGone = true;
  await site.passed();
  assert.equal(site.live.readers, 0);
  assert.equal(site.planned.length, 0);
});

test('a tab without a stream of its own gets what is new, and is told when to come again', async (t) => {
  const site = await liveSite(t, RUN);
  const reader = new KeptReader();
  await site.join(reader, { once: true });
  assert.equal(reader.texts[0], 'retry: 10000\n\n');
  assert.deepEqual([reader.messages.length, reader.isEnded, site.live.readers], [1, true, 0]);
});

test('a run that is finished ends its readers', async (t) => {
  const site = await liveSite(t, RUN);
  const reader = new KeptReader();
  await site.join(reader);
  const { committed: _, ...all } = RUN;
  await site.write({ ...all, isDone: true });
  await site.passed();
  assert.equal(reader.state?.facts.isOver, true);
  assert.deepEqual([...new Set(statesOf(reader))], ['projected']);
  assert.equal(reader.texts.at(-1), 'event: over\ndata: {}\n\n');
  assert.equal(reader.isEnded, true);
  const late = new KeptReader();
  await site.join(late);
  assert.deepEqual([late.messages.length, late.texts.at(-1)], [1, 'event: over\ndata: {}\n\n']);
});

test('a look that fails is shown and tried again: it ends neither the stream nor the dashboard', async (t) => {
  let isBroken = false;
  const queue = (): QueueAnswer => {
    if (!isBroken) return { queue: 'q' };
    const answer = { queue: 'q' };
    Object.defineProperty(answer, 'alive', {
      get: () => {
        throw new Error('a fault of ours');
      },
    });
    return answer;
  };
  const site = await liveSite(t, { ...RUN, queue: 'q' }, queue);
  const reader = new KeptReader();
  await site.join(reader);
  isBroken = true;
  site.clock.passedMs += 60_000;
  site.planned.splice(0)[0]?.();
  await until('it is shown', () => /a fault of ours/.test(reader.state?.facts.troubles[0]?.what ?? ''));
  await until('it is tried again', () => site.planned.length === 1);
  isBroken = false;
  await site.passed();
  assert.doesNotMatch(JSON.stringify(reader.state?.facts.troubles), /a fault of ours/);
});

test('who joins while the first look is under way is kept, and ended by close', async (t) => {
  const site = await liveSite(t, RUN);
  const { run } = site.live;
  const looks: (() => void)[] = [];
  const runs = new LiveRuns({
    ...{ queue: new QueueWatch(undefined, site.clock), clock: site.clock },
    look: () => new Promise<void>((resolve) => looks.push(resolve)),
  });
  const signal = new AbortController().signal;
  const join = (location: string, reader: StreamReader) =>
    runs.join(Object.assign(Object.create(run), { location }), reader, {
      lastId: undefined,
      once: false,
      signal,
    });
  const first = new KeptReader();
  const joined = join('/0', first);
  for (let at = 1; at <= 10; at += 1) void join(`/${at}`, new KeptReader());
  runs.close();
  for (const look of looks.splice(0)) look();
  await joined;
  assert.deepEqual([first.messages.length, first.isEnded], [0, true], 'no poller is left without an owner');
});
