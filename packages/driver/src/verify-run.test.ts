import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { testServices } from '@verger/testkit/examined';
import { goodImages, testRun } from '@verger/testkit/run-harness';
import { openDriver, resolveOptions } from './open-driver.ts';
import { verifyRun } from './verify-run.ts';

/** Verifies a finished run in children that are open; gives them, and what was found. */
async function verified(t: TestContext, hasNetwork: boolean, count?: number) {
  const run = await testRun(t, goodImages(4));
  await run.execute();
  const driver = openDriver({});
  t.after(() => driver.close());
  const options = resolveOptions({ output: run.folder, weights: '/nowhere/none.h5' });
  const found = { store: run.store, location: run.folder, manifest: run.manifest };
  const recompute = count === undefined ? undefined : { count, seed: 1 };
  const services = testServices();
  const result = await verifyRun(driver, { run: found, options, recompute }, { services, hasNetwork });
  return { ...result, children: services.children };
}

test('children that are open examine a run, and extract again where they have the network', async (t) => {
  const examined = await verified(t, false);
  assert.deepEqual([examined.findings, examined.recomputed], [[], undefined]);
  assert.deepEqual([examined.children.calls('examine'), examined.children.calls('images')], [1, 0]);
  const { findings, recomputed, children } = await verified(t, true, 4);
  assert.deepEqual([findings, recomputed?.compared], [[], 4]);
  assert.deepEqual([children.calls('examine'), children.calls('images')], [1, 4]);
});

test('children without the network are not asked to extract: others are started, with the weights', async (t) => {
  await assert.rejects(verified(t, false, 4), { code: /^E_WEIGHTS_/ });
});
