import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '@verger/core';
import { DelayedError, type Job, UnrecoverableError, WaitingChildrenError } from 'bullmq';
import type { Insisting } from './insist.ts';
import { PROTOCOL } from './payload.ts';
import { outcomeOf, settle, type Taken } from './taken.ts';
import type { Outcome, TakenJob } from './types.ts';

const PAYLOAD = {
  ...{ protocol: PROTOCOL, location: '/out/run', runId: '0123456789ab', epoch: 1 },
  ...{ kind: 'extract', partition: 0, priority: 'normal' },
};
const quiet = () => {};
const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** A job that BullMQ has handed over, and what it was told; `waits`: it has children that are not done. */
function taken(job: { data?: unknown; attemptsStarted?: number; waits?: boolean } = {}) {
  const moves: string[] = [];
  const own = {
    ...{ id: 'x', data: PAYLOAD, attemptsStarted: 1, queueName: 'q', ...job },
    moveToDelayed: async (at: number, token: string) =>
      void moves.push(`delayed ${Math.round((at - Date.now()) / 100) * 100} ${token}`),
    moveToWaitingChildren: async (token: string) => {
      moves.push(`children ${token}`);
      return job.waits === true;
    },
  };
  const controller = new AbortController();
  const one: Taken = { job: own as unknown as Job, token: 't', controller, giveBack: quiet };
  return { one, moves, controller };
}

const outcome = (one: Taken, handle: (job: TakenJob) => Promise<Outcome>) =>
  outcomeOf(one, { queue: 'extract', logger, handle });
const never = () => Promise.reject(new Error('it must not be handed over'));

test('a job of ours is handed over with its payload, how often it was taken, and its signal', async () => {
  const { one, controller } = taken({ attemptsStarted: 3 });
  const seen: TakenJob[] = [];
  const done = await outcome(one, async (job) => {
    seen.push(job);
    return { done: true };
  });
  assert.deepEqual(done, { done: true });
  assert.deepEqual(seen, [{ id: 'x', payload: PAYLOAD, started: 3, signal: controller.signal }]);
});

test('a job of another release is left to its processes', async () => {
  const { one } = taken({ data: { ...PAYLOAD, protocol: PROTOCOL + 1 } });
  const left = await outcome(one, never);
  assert.equal('again' in left && left.again, 30_000);
});

test('what no verger has made, and what is in the wrong queue, fails for good', async () => {
  for (const data of [null, {}, { ...PAYLOAD, epoch: 'x' }, { ...PAYLOAD, kind: 'project' }]) {
    const refused = await outcome(taken({ data }).one, never);
    assert.match('failed' in refused ? refused.failed : '', /^E_JOB_PAYLOAD: /, JSON.stringify(data));
  }
});

test('an unhandled error is a job that is tried again, later each time, within a minute', async () => {
  const failing = async () => await Promise.reject(new Error('oh'));
  for (const [attemptsStarted, again] of [
    [0, 5_000],
    [1, 5_000],
    [2, 10_000],
    [100, 60_000],
  ] as const) {
    assert.deepEqual(await outcome(taken({ attemptsStarted }).one, failing), { again, reason: 'oh' });
  }
});

/** A server that takes everything, and one that refuses the first tries. */
function server(refusals = 0): { insisting: Insisting; refuse: () => void } {
  let left = refusals;
  const insisting = { met: () => 0, well: quiet, pause: async () => {} } as unknown as Insisting;
  const refuse = () => {
    if (left-- > 0) throw Object.assign(new Error('OOM command not allowed'), { name: 'ReplyError' });
  };
  return { insisting, refuse };
}

const { insisting } = server();

test('a done job gives its note; a failed one is not tried again and shows no path', async () => {
  const { one, moves } = taken();
  assert.equal(await settle(one, { done: true }, insisting), '');
  assert.equal(await settle(one, { done: true, note: 'n' }, insisting), 'n');
  await assert.rejects(settle(one, { failed: 'E_X: y' }, insisting), (error) => {
    assert.ok(error instanceof UnrecoverableError);
    assert.deepEqual([error.message, error.stack], ['E_X: y', undefined]);
    return true;
  });
  assert.deepEqual(moves, []);
});

test('a job goes back for as long as it says, and never into the past', async () => {
  const { one, moves } = taken();
  for (const again of [4_000, 0, -4_000]) {
    await assert.rejects(settle(one, { again, reason: 'r' }, insisting), DelayedError);
  }
  assert.deepEqual(moves, ['delayed 4000 t', 'delayed 0 t', 'delayed 0 t']);
});

test('a job waits for those below it, or for two seconds where there are none', async () => {
  const parent = taken({ waits: true });
  await assert.rejects(settle(parent.one, { waitForChildren: true }, insisting), WaitingChildrenError);
  assert.deepEqual(parent.moves, ['children t']);
  const alone = taken();
  await assert.rejects(settle(alone.one, { waitForChildren: true }, insisting), DelayedError);
  assert.deepEqual(alone.moves, ['children t', 'delayed 2000 t']);
});

test('a server that refuses a move is asked again; what is no answer of it is thrown', async () => {
  const { one, moves } = taken();
  const { refuse } = server(2);
  const move = one.job.moveToDelayed.bind(one.job);
  one.job.moveToDelayed = async (...args) => {
    refuse();
    await move(...args);
  };
  await assert.rejects(settle(one, { again: 0, reason: 'r' }, insisting), DelayedError);
  assert.deepEqual(moves, ['delayed 0 t']);
  one.job.moveToDelayed = async () => await Promise.reject(new Error('Connection is closed.'));
  await assert.rejects(settle(one, { again: 0, reason: 'r' }, insisting), /Connection is closed/);
});
