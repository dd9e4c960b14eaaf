import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunDemand } from './desired-capacity.ts';
import type { Seen } from './run-watch.ts';
import { Stillness } from './stillness.ts';

const MINUTE = 60_000;
const DEMAND: RunDemand = {
  ...{ runId: 'r', submittedMs: 1, deadlineMs: null, partitions: 4, reducing: false },
  ...{ extract: { images: 400, partitions: 4 }, project: { images: 400, partitions: 4 } },
  imagesPerVcpuSecond: null,
};

function seen(changes: Partial<Seen> & { demand?: Partial<RunDemand> } = {}): Seen {
  const { demand, ...rest } = changes;
  const runs = [{ location: '/r', demand: { ...DEMAND, ...demand } }];
  return { runs, aliveVcpus: 4, unsizedWorkers: 0, jobs: 4, imagesDone: 0, unread: undefined, ...rest };
}

/** Notes the same each minute; gives what was said last. */
function during(still: Stillness, from: number, to: number, what: Seen, inServiceVcpus = 4) {
  let said: string | undefined;
  for (let minute = from; minute <= to; minute += 1) {
    said = still.note(what, { inServiceVcpus }, minute * MINUTE);
  }
  return said;
}

test('10 minutes in service without an image are enough, until an image or another epoch comes', () => {
  const still = new Stillness();
  assert.equal(during(still, 0, 9, seen({ aliveVcpus: 0 })), undefined);
  assert.match(during(still, 10, 10, seen()) ?? '', /10 minutes and no image/);
  assert.match(during(still, 11, 60, seen(), 0) ?? '', /no image/, 'also once they are gone');
  assert.equal(during(still, 61, 61, seen({ imagesDone: 1 })), undefined);
  assert.match(during(still, 62, 80, seen()) ?? '', /no image/);
  assert.equal(during(still, 81, 81, seen({ demand: { submittedMs: 2 } })), undefined);
});

test('time counts only while vCPUs are in service', () => {
  const still = new Stillness();
  assert.equal(during(still, 0, 100, seen(), 0), undefined);
  assert.equal(during(still, 101, 109, seen()), undefined);
  assert.match(during(still, 110, 110, seen()) ?? '', /no image/);
});

test('workers that wait for a reduce of more than 10 minutes end, and come back when there is work', () => {
  const still = new Stillness();
  const none = { images: 0, partitions: 0 };
  for (const demand of [{ reducing: true }, { extract: none, project: none }]) {
    assert.equal(during(still, 0, 9, seen({ demand })), undefined);
    assert.match(during(still, 10, 20, seen({ demand })) ?? '', /nothing to do/);
    assert.equal(during(still, 21, 29, seen()), undefined);
    assert.match(during(still, 30, 30, seen()) ?? '', /no image/);
    still.note({ ...seen(), runs: [] }, { inServiceVcpus: 0 }, 0);
  }
});

test('a time in which nothing was seen does not count', () => {
  const still = new Stillness();
  during(still, 0, 5, seen());
  still.skip();
  assert.equal(during(still, 100, 104, seen()), undefined);
  assert.match(during(still, 105, 105, seen()) ?? '', /no image/);
});

test('runs without any job that somebody could take are lost after a minute', () => {
  const still = new Stillness();
  assert.equal(during(still, 0, 0, seen({ jobs: 0 }), 0), undefined);
  assert.match(during(still, 1, 1, seen({ jobs: 0 }), 0) ?? '', /queue has no job/);
  assert.equal(during(still, 2, 2, seen(), 0), undefined);
});
