import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import { goodImages, testRun } from '@verger/testkit/run-harness';

/** Requests per partition for its files, by kind and folder, in a plain run with one image per partition. */
async function requestsPerPartition(t: TestContext, partitions: number): Promise<Record<string, number>> {
  const run = await testRun(t, goodImages(partitions), { extraction: { partitionSize: 1 } });
  const store = faultyStorage(run.store, {});
  assert.equal((await run.execute({ store, finish: { csv: true } })).verdict, 'ok');
  const counts = new Map<string, number>();
  for (const { kind, key } of store.calls) {
    if (!key.includes('/part-')) continue;
    const name = `${kind} ${key.slice(0, key.indexOf('/'))}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].map(([name, count]) => [name, count / partitions]));
}

test('a plain run makes this many requests per partition, however many there are', async (t) => {
  for (const partitions of [2, 5]) {
    assert.deepEqual(await requestsPerPartition(t, partitions), {
      // By the first status and before extraction, when there is none; then by the status before each later
      // step.
      'read commits': 6,
      'create commits': 1,
      // For extraction, for the CSV, and for the pictures of the page.
      'read listing': 3,
      // Looked for before extraction; then for the projection.
      'read features': 2,
      'create features': 1,
      'create sums': 1,
      // By three statuses, by the check before `_SUCCESS`, and for the CSV.
      'read projection': 5,
      'create projection': 1,
    });
  }
});
