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
  return { runs, aliveVcpus: 4, jobs: 4, imagesDone: 0, ...rest };
}

/** Notes the same each minute; gives what was said last. */
function during(still: Stillness, from: number, to: number, what: Seen, runningVcpus = 4) {
  let said: string | undefined;
  for (let minute = from; minute <= to; minute += 1) {
    said = still.note(what, { runningVcpus }, minute * MINUTE);
  }
  return said;
}

test('vCPUs that ran for 15 minutes without an image are given up, until an image or another epoch comes', () => {
  const still = new Stillness();
  assert.equal(during(still, 0, 14, seen()), undefined);
  assert.match(during(still, 15, 15, seen()) ?? '', /15 minutes and no image/);
  assert.match(during(still, 16, 60, seen(), 0) ?? '', /no image/, 'also once they are gone');
  assert.equal(during(still, 61, 61, seen({ imagesDone: 1 })), undefined);
  assert.match(during(still, 62, 80, seen()) ?? '', /no image/);
  assert.equal(during(still, 81, 81, seen({ demand: { submittedMs: 2 } })), undefined);
});

test('time counts only while vCPUs run that have something to do', () => {
  const still = new Stillness();
  assert.equal(during(still, 0, 100, seen(), 0), undefined);
  assert.equal(during(still, 101, 200, seen({ demand: { reducing: true } })), undefined);
  const none = { images: 0, partitions: 0 };
  assert.equal(during(still, 201, 300, seen({ demand: { extract: none, project: none } })), undefined);
  assert.match(during(still, 301, 316, seen()) ?? '', /no image/);
});

test('a time in which nothing was seen does not count', () => {
  const still = new Stillness();
  during(still, 0, 10, seen());
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
