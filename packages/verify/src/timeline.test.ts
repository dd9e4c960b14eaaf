import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUN_FILES, type Timeline, withSelfHash } from '@verger/core';
import { timelineBytes } from '@verger/stages';
import { examine, faultsOf } from '@verger/testkit/examined';
import { bytesOf, goodImages, jsonOf, testRun } from '@verger/testkit/run-harness';

const FILES = { ...goodImages(4), 'b/09-bad.jpg': 'BAD:E_IMG_DECODE' };

test('a timeline is what the commits give; an absent one is no fault', async (t) => {
  const run = await testRun(t, FILES, { extraction: { partitions: 2 } });
  await run.execute({ finish: { maxBad: 1 } });
  assert.deepEqual(faultsOf(await examine(run)), []);
  const good = await bytesOf(run.store, RUN_FILES.timeline);
  const { selfHash: _, ...timeline } = await jsonOf<Timeline>(run.store, RUN_FILES.timeline);
  const { partitions } = timeline;
  const others: Readonly<Record<string, Uint8Array>> = {
    'not match the commits .partitions': timelineBytes(
      withSelfHash({ ...timeline, partitions: { ...partitions, wallMs: [1, 2] } }),
    ),
    'not match the commits .codes': timelineBytes(withSelfHash({ ...timeline, codes: [] })),
    'not match the commits .runIdentity': timelineBytes(
      withSelfHash({ ...timeline, runIdentity: '12'.repeat(32) }),
    ),
    'It names an epoch': timelineBytes(withSelfHash({ ...timeline, epoch: 9 })),
    'Its bytes are not': Buffer.from(
      `${JSON.stringify(JSON.parse(Buffer.from(good).toString()), null, 1)}\n`,
    ),
    'self-hash': timelineBytes({ ...timeline, originMs: 5, selfHash: '12'.repeat(32) }),
    'It is not JSON': good.slice(0, good.length / 2),
  };
  for (const [what, bytes] of Object.entries(others)) {
    await run.store.replace(RUN_FILES.timeline, bytes);
    const faults = faultsOf(await examine(run));
    assert.equal(faults.length, 1, what);
    assert.match(faults[0] ?? '', new RegExp(`^timeline\\.json: .*${what}`), what);
  }
  await run.store.remove(RUN_FILES.timeline);
  assert.deepEqual(faultsOf(await examine(run)), []);
});
