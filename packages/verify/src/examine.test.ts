import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ERRORS, RUN_FILES } from '@verger/core';
import { copyOf, examine, faultsOf } from '@verger/testkit/examined';
import { fakeChildren } from '@verger/testkit/fake-children';
import { type Files, goodImages, keysOf, testRun } from '@verger/testkit/run-harness';

const FILES: Files = { ...goodImages(4), 'b/03-bad.jpg': 'BAD:E_IMG_DECODE', 'b/09.jpg': 'CRASH' };
const CUT = { extraction: { partitions: 2 } };
const CSV = { finish: { csv: true, maxBad: 1 } };

test('a run that nothing happened to has no fault, and everything in it was looked at', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await run.execute(CSV);
  const whole = await examine(run);
  assert.deepEqual(faultsOf(whole), []);
  assert.deepEqual(whole.findings, []);
  assert.equal(whole.finished, true);
  assert.deepEqual(whole.pending, []);
  const { epochs: _, ...counts } = whole.counts;
  assert.deepEqual(counts, {
    ...{ partitions: 2, committed: 2, projected: 2 },
    ...{ listed: 6, extracted: 4, quarantined: 2 },
  });

  const files = (await keysOf(run.store)).filter((file) => !['manifest.json', 'report.html'].includes(file));
  assert.ok(files.length > 18, files.join('\n'));
  for (const file of files) {
    await t.test(
      `a flipped byte in ${file.replace(/-[\da-f]+\.json$/, '.json')} is a fault of that file`,
      async (t) => {
        const copy = await copyOf(t, run);
        const path = join(copy.folder, file);
        const bytes = await readFile(path);
        if (bytes.length > 0) bytes[Math.floor(bytes.length * 0.6)]! ^= 1;
        await writeFile(path, bytes);
        const faults = faultsOf(await examine(copy));
        assert.ok(
          faults.some((fault) => fault.startsWith(`${file}: `)),
          faults.join('\n'),
        );
      },
    );
    await t.test(`without ${file.replace(/-[\da-f]+\.json$/, '.json')} the run is not whole`, async (t) => {
      const copy = await copyOf(t, run);
      await rm(join(copy.folder, file));
      const { findings, pending } = await examine(copy);
      // Earlier releases wrote no timeline.
      const isTrace = file.startsWith('failures/') || file === RUN_FILES.timeline;
      const said =
        findings.some((finding) => finding.file === file) || (file === '_SUCCESS' && pending.length > 0);
      assert.ok(isTrace || said, `${findings.map(({ file, what }) => `${file}: ${what}`).join('\n')}`);
    });
  }
});

test('a run with sentences of an earlier release is good; with those of none it is not', async (t) => {
  const files: Files = { ...FILES, 'b/03-bad.jpg': 'BAD:E_IMG_TOO_MANY_PIXELS' };
  const entry: { what: string; next: string } = ERRORS.E_IMG_TOO_MANY_PIXELS;
  const { what, next } = entry;
  t.after(() => Object.assign(entry, { what, next }));
  const earlier = 'The image has more than 50 million pixels.';
  Object.assign(entry, { what: earlier, next: 'Store a smaller copy of the image.' });
  const run = await testRun(t, files, CUT);
  await run.execute(CSV);
  Object.assign(entry, { what: 'The decoder gave up.', next: 'Mend it.' });
  const other = await testRun(t, files, CUT);
  await other.execute(CSV);
  Object.assign(entry, { what, next });
  assert.deepEqual(faultsOf(await examine(run)), []);
  const faults = faultsOf(await examine(other)).join('\n');
  assert.match(faults, /features\/[^\n]*E_IMG_TOO_MANY_PIXELS is not/);
});

test('damaged sums are rebuilt from the features by the child that fits, if it is alone', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await run.execute(CSV);
  await rm(join(run.folder, 'sums/part-00001.sums'));
  assert.deepEqual(faultsOf(await examine(run, fakeChildren({ processes: 1 }))), [
    'sums/part-00001.sums: It is missing.',
  ]);
});
