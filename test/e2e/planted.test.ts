import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeChildren } from '@verger/testkit/fake-children';
import { goodImages, temporaryFolder, testRun } from '@verger/testkit/run-harness';
import { auditRun } from '../faults/audit/audit.ts';
import { PLANTS } from '../faults/planted/plants.ts';
import { judge } from '../faults/planted/results.ts';
import { recomputeFaults, tryPlant, verifyFaults } from '../faults/planted/trial.ts';

const FILES = {
  ...goodImages(20),
  'a/cut.jpg': 'BAD:E_IMG_TRUNCATED',
  'b/empty.jpg': '',
  'b/odd.jpg': 'BAD:E_IMG_DECODE',
};
const FINISH = { csv: true, withImages: true, maxBad: 1 };
/**
 * The share of the planted faults that is tried here; `npm run test:planted` tries all, on a run of real
 * features.
 */
const EVERY = 23;

test('auditor and verify find every 23rd planted fault, --recompute the forgeries', async (t) => {
  const run = await testRun(t, FILES, { extraction: { partitions: 3 } });
  assert.equal((await run.execute({ finish: FINISH, children: fakeChildren({ wide: true }) })).verdict, 'ok');
  const scratch = await temporaryFolder(t);
  const place = { base: run.folder, images: run.imagesFolder, scratch, recompute: recomputeFaults };
  const known = new Set<string>();
  assert.deepEqual(await auditRun(place.base, { known, images: place.images }), []);
  assert.deepEqual(await verifyFaults(place.base), []);
  assert.deepEqual(await recomputeFaults(place.base), []);

  const plants = Object.entries(PLANTS).flatMap(([group, some]) => some.map((plant) => ({ group, plant })));
  const share = plants.filter(({ plant }, index) => index % EVERY === 0 || plant.seenBy === 'recompute');
  assert.ok(share.length >= 11);
  for (const [index, { group, plant }] of share.entries()) {
    const { isRight, line } = judge(group, plant, await tryPlant({ ...place, known }, plant, index + 1));
    assert.ok(isRight, line);
  }
});
