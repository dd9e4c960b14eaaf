import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeUpReport } from '../../testing/made-up.ts';
import { timelineBars } from './timeline-bars.ts';

test('a timeline gives a bar per partition, and workers of one name are told apart', async () => {
  const { facts } = await madeUpReport({ points: 240, labels: 3, withoutPictures: true });
  const { timeline } = facts;
  assert.ok(timeline !== null);
  const bars = timelineBars({
    ...timeline,
    workers: timeline.workers.map((worker) => ({ ...worker, name: 'worker' })),
  });
  assert.deepEqual(bars.workers, ['worker (host-0, 100)', 'worker (host-1, 101)', 'worker (host-2, 102)']);
  assert.equal(bars.partition.length, 24);
  const { endMs, wallMs } = timeline.partitions;
  assert.equal(bars.endMs[5], timeline.originMs + (endMs[5] ?? 0));
  assert.equal((bars.endMs[5] ?? 0) - (bars.startMs[5] ?? 0), wallMs[5]);
  assert.deepEqual(bars.failures, [{ worker: 0, atMs: timeline.originMs + 7_000, code: 'E_CHILD_DIED' }]);
});
