import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUN, type Site, until, withBench } from '@verger/testkit/queue-harness';
import { Redis } from 'ioredis';
import { QUEUES } from '../names.ts';
import { jobId } from '../payload.ts';
import { payloadOf } from '../submit.ts';
import type { Outcome } from '../types.ts';

const DONE = { done: true } as const;

/** Facts of what becomes of a taken job, on any server. */
export function outcomeFacts(site: () => Site): void {
  test(
    'a job that is to be taken again is, after others, and uses no attempt',
    withBench(site, async ({ queue, worker }) => {
      const taken: string[] = [];
      await queue.submit(RUN, 'extract', [0, 1]);
      await worker(async ({ payload, started }): Promise<Outcome> => {
        taken.push(`${payload.partition} started ${started}`);
        return payload.partition === 0 && started < 4 ? { again: 200, reason: 'not yet' } : DONE;
      });
      await until('both are done', async () => {
        const states = await queue.states(RUN, 'extract', [0, 1]);
        return [...states.values()].every((state) => state === 'completed');
      });
      assert.deepEqual(taken, ['0 started 1', '1 started 1', '0 started 2', '0 started 3', '0 started 4']);
    }),
  );

  test(
    'a job that was delayed keeps its priority',
    withBench(site, async ({ queue, worker, log }) => {
      const taken: string[] = [];
      let hold = true;
      await queue.submit({ ...RUN, runId: 'slow', priority: 'low' }, 'extract', [0, 1]);
      await worker(async ({ payload, started }): Promise<Outcome> => {
        if (started === 1 && payload.partition === 0) return { again: 1, reason: 'later' };
        taken.push(`${payload.runId} ${payload.partition}`);
        await until('the others are there', () => !hold);
        return DONE;
      });
      await until('one is held', () => taken.length === 1);
      await queue.submit(RUN, 'extract', [7]);
      hold = false;
      await until('all are taken', () => taken.length === 3);
      assert.deepEqual(taken, ['slow 1', 'r1 7', 'slow 0']);
      assert.deepEqual(log.lines, []);
    }),
  );

  test(
    'a parent that is taken too early waits for its partitions, or asks again when there are none',
    withBench(site, async ({ queue, worker, reducer }) => {
      const owner = new Redis(site().url('owner'));
      const events: string[] = [];
      await queue.submit(RUN, 'extract', []);
      await reducer(async ({ started }): Promise<Outcome> => {
        events.push(`reduce ${started}`);
        return started < 3 ? { waitForChildren: true } : DONE;
      });
      await until('nothing is pending', async () => (await queue.jobStates(RUN)).reduce === 'delayed');
      await queue.submit(RUN, 'extract', [0]);
      await until('it waits', async () => (await queue.jobStates(RUN)).reduce === 'waiting-children');
      assert.deepEqual(events, ['reduce 1', 'reduce 2']);
      await worker(async () => {
        events.push('extract');
        return DONE;
      });
      await until('it is done', async () => (await queue.jobStates(RUN)).reduce === 'completed');
      assert.deepEqual(events, ['reduce 1', 'reduce 2', 'extract', 'reduce 3']);
      owner.disconnect();
    }),
  );

  test(
    'what a handler throws is logged and tried again later',
    withBench(site, async ({ queue, worker, log }) => {
      await queue.submit(RUN, 'extract', [0]);
      await worker(async () => {
        throw new Error('a mistake of ours');
      });
      const state = async () => (await queue.states(RUN, 'extract', [0])).get(0);
      await until('it is delayed', async () => (await state()) === 'delayed');
      assert.equal(log.lines.filter(({ level }) => level === 'error').length, 1);
    }),
  );

  test('a poisoned job fails by itself and leaves no path of this machine', poisoned(site));

  test(
    'a job of another protocol is left to others, with a warning',
    withBench(site, async ({ prefix, queue, worker, log }) => {
      const owner = new Redis(site().url('owner'));
      let taken = 0;
      await queue.submit(RUN, 'extract', [0]);
      const key = `${prefix}:${QUEUES.extract}:${jobId(payloadOf(RUN, 'extract', 0))}`;
      await owner.hset(key, 'data', JSON.stringify({ protocol: 2, what: 'ever' }));
      await worker(async () => {
        taken += 1;
        return DONE;
      });
      const state = async () => (await queue.states(RUN, 'extract', [0])).get(0);
      await until('it is delayed', async () => (await state()) === 'delayed');
      assert.equal(taken, 0);
      assert.ok(log.lines.some(({ fields }) => 'code' in fields && fields.code === 'E_JOB_PROTOCOL'));
      owner.disconnect();
    }),
  );
}

function poisoned(site: () => Site) {
  return withBench(site, async ({ prefix, queue, worker, log }) => {
    const owner = new Redis(site().url('owner'));
    const poison = [
      JSON.stringify({ protocol: 1, location: '/x', runId: '../../etc', epoch: 1, kind: 'extract' }),
      '{"not json',
      JSON.stringify(payloadOf(RUN, 'project', 2)),
      JSON.stringify({ ...payloadOf(RUN, 'extract', 3), more: 1 }),
      'null',
    ];
    const partitions = poison.map((_, index) => index);
    await queue.submit(RUN, 'extract', [...partitions, 9]);
    const key = (index: number) => `${prefix}:${QUEUES.extract}:${jobId(payloadOf(RUN, 'extract', index))}`;
    for (const [index, data] of poison.entries()) await owner.hset(key(index), 'data', data);
    await owner.zadd(`${prefix}:${QUEUES.extract}:prioritized`, 1, 'no-such-job');
    const taken: string[] = [];
    await worker(async ({ id }) => {
      taken.push(id);
      return DONE;
    });
    await until(
      'the good one is done',
      async () => (await queue.states(RUN, 'extract', [9])).get(9) === 'completed',
    );
    await until('nothing is left', async () => {
      const { waiting, active, delayed } = (await queue.counts()).extract;
      return waiting + active + delayed === 0;
    });
    assert.deepEqual(taken, [jobId(payloadOf(RUN, 'extract', 9))]);
    for (const index of partitions) {
      assert.match((await queue.failedReason(RUN, 'extract', index)) ?? '', /^E_JOB_PAYLOAD: /);
      assert.doesNotMatch(JSON.stringify(await owner.hgetall(key(index))), /\.ts|node:|file:/);
    }
    assert.equal(log.lines.filter(({ level }) => level === 'error').length, poison.length + 1);
    owner.disconnect();
  });
}
