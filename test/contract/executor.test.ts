import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeChildren } from '@verger/testkit/fake-children';
import { createTestRun, openTestEpoch, testExecutor } from '@verger/testkit/run-harness';
import { executorContract } from './executor.ts';

executorContract('local', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'verger-executor-'));
  const children = fakeChildren();
  const executor = testExecutor(children);
  let runs = 0;
  return {
    executor,
    openRun: async (files, partitions) => {
      runs += 1;
      const run = await createTestRun(join(folder, String(runs)), files, { extraction: { partitions } });
      return { ...run, epoch: await openTestEpoch(run.store, { finish: { maxBad: 1 } }) };
    },
    openNextEpoch: async (run) => ({
      ...run,
      epoch: await openTestEpoch(run.store, { finish: { maxBad: 1 } }),
    }),
    release: children.release,
    dispose: async () => {
      await executor.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
