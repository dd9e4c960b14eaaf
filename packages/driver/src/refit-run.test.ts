import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { goodImages, temporaryFolder, testRun } from '@verger/testkit/run-harness';
import { openDriver, resolveOptions } from './open-driver.ts';
import { refitRun } from './refit-run.ts';

test('a refit for more components than extracted images allow is refused at once', async (t) => {
  const files = { ...goodImages(4), 'bad/1.jpg': '', 'bad/2.jpg': '' };
  const source = await testRun(t, files, { pca: { variance: null, components: 5 } });
  const late = await source.execute({ finish: { maxBad: 1 } });
  assert.equal(late.error?.code, 'E_PCA_COMPONENTS', 'six images are listed, four have features');
  assert.equal(late.error?.place.location, source.folder);

  const output = join(await temporaryFolder(t), 'out');
  const driver = openDriver();
  t.after(() => driver.close());
  const { store, manifest, folder: location } = source;
  const refit = (components: number) =>
    refitRun(driver, {
      source: { store, manifest, location },
      options: resolveOptions({ output, components, processes: 1 }),
    });
  await assert.rejects(refit(4), { code: 'E_PCA_COMPONENTS', message: /4 images give at most 3; 4 were/ });
  assert.equal(existsSync(output), false);
});
