import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUN, range, type Site, until, withBench } from '@verger/testkit/queue-harness';
import { Redis } from 'ioredis';
import { jobId } from '../payload.ts';
import { payloadOf } from '../submit.ts';
import type { TakenJob } from '../types.ts';

const DONE = { done: true } as const;

/** Facts of jobs and their parents, on any server. */
export function flowFacts(site: () => Site): void {
  test(
    'the parent is taken when all partitions are done, and submitting again adds nothing',
    withBench(site, async ({ queue, worker, reducer }) => {
      const partitions = range(1_200);
      const done: string[] = [];
      await queue.submit(RUN, 'extract', partitions);
      await queue.submit(RUN, 'extract', partitions);
      assert.deepEqual((await queue.counts()).extract, { waiting: 1_200, active: 0, delayed: 0, failed: 0 });
      assert.equal((await queue.jobStates(RUN)).reduce, 'waiting-children');
      assert.equal((await queue.jobStates(RUN)).finish, 'absent');
      const take = async ({ id }: TakenJob) => {
        done.push(id);
        return DONE;
      };
      await worker(take, { extract: 8 });
      await reducer(take);
      await until('the reduce job is done', async () => (await queue.jobStates(RUN)).reduce === 'completed');
      assert.equal(done.length, 1_201);
      assert.equal(new Set(done).size, 1_201);
      assert.equal(done.at(-1), jobId(payloadOf(RUN, 'reduce', null)));
      const states = await queue.states(RUN, 'extract', partitions);
      assert.deepEqual([states.size, ...new Set(states.values())], [1_200, 'completed']);
      await queue.submit(RUN, 'extract', partitions);
      assert.equal((await queue.jobStates(RUN)).reduce, 'completed');
      assert.equal((await queue.counts()).extract.waiting, 0);
    }),
  );

  test(
    'a failed partition does not keep its parent waiting, also when the epoch is submitted again',
    withBench(site, async ({ queue, worker, reducer }) => {
      await queue.submit(RUN, 'project', [0, 1]);
      await worker(async ({ payload }) =>
        payload.partition === 0 ? { failed: 'E_STORAGE: the storage is gone' } : DONE,
      );
      const failed = async () => (await queue.states(RUN, 'project', [0])).get(0) === 'failed';
      await until('partition 0 has failed', failed);
      await queue.submit(RUN, 'project', [0, 1]);
      await reducer(async () => DONE);
      await until('the finish job is done', async () => (await queue.jobStates(RUN)).finish === 'completed');
      assert.equal(await queue.failedReason(RUN, 'project', 0), 'E_STORAGE: the storage is gone');
      assert.equal(await queue.failedReason(RUN, 'project', 1), undefined);
      assert.equal(await queue.failedReason(RUN, 'finish', null), undefined);
      assert.equal((await queue.counts()).project.failed, 1);
    }),
  );

  test(
    'without partitions the parent is taken at once',
    withBench(site, async ({ queue, reducer }) => {
      await queue.submit(RUN, 'extract', []);
      await reducer(async () => DONE);
      await until('the reduce job is done', async () => (await queue.jobStates(RUN)).reduce === 'completed');
    }),
  );

  test(
    'runs of a higher priority are taken first, and the partitions of a run in order',
    withBench(site, async ({ queue, worker }) => {
      const taken: string[] = [];
      await queue.submit({ ...RUN, runId: 'slow', priority: 'low' }, 'extract', [0]);
      await queue.submit(RUN, 'extract', [0, 1, 2]);
      await queue.submit({ ...RUN, runId: 'fast', priority: 'high' }, 'extract', [0, 1]);
      await worker(async ({ payload }) => {
        taken.push(`${payload.runId} ${payload.partition}`);
        return DONE;
      });
      await until('all are taken', () => taken.length === 6);
      assert.deepEqual(taken, ['fast 0', 'fast 1', 'r1 0', 'r1 1', 'r1 2', 'slow 0']);
    }),
  );

  test(
    'a waiting job takes at most 4 kB of the server',
    withBench(site, async ({ queue }) => {
      const owner = new Redis(site().url('owner'));
      try {
        const used = async () => Number(/used_memory:(\d+)/.exec(await owner.info('memory'))?.[1]);
        const location = `s3://bucket/${'folder/'.repeat(12)}run`;
        const before = await used();
        await queue.submit({ ...RUN, location, runId: 'r'.repeat(64) }, 'extract', range(5_000));
        const bytes = ((await used()) - before) / 5_000;
        assert.ok(bytes > 100 && bytes <= 4_096, `${bytes} bytes a job`);
      } finally {
        owner.disconnect();
      }
    }),
  );
}
