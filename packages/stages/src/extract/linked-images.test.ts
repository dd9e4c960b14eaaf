import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { epochFile, type Report, RUN_FILES, reportSchema } from '@verger/core';
import { recordBytes } from '@verger/run';
import { openLocalStorage } from '@verger/storage';
import { parseCsv } from '@verger/testkit/csv';
import { examine, faultsOf, testServices } from '@verger/testkit/examined';
import { fakeChildren } from '@verger/testkit/fake-children';
import {
  bytesOf,
  goodImages,
  jsonOf,
  promisedHashes,
  runIn,
  temporaryFolder,
  testRun,
  writeFiles,
} from '@verger/testkit/run-harness';
import { recomputeRows } from '@verger/verify';
import { stageContext } from '../context.ts';

const FOLLOWING = { extraction: { followLinks: true, partitions: 3 } } as const;

/** A folder whose images are below `shared`, and `images` of links to them: folder `a`, files of `b`. */
async function linked(folder: string): Promise<void> {
  const files = goodImages(6);
  await writeFiles(join(folder, 'shared'), files);
  await mkdir(join(folder, 'images/b'), { recursive: true });
  await symlink('../shared/a', join(folder, 'images/a'));
  for (const path of Object.keys(files).filter((one) => one.startsWith('b/'))) {
    await symlink(join('../..', 'shared', path), join(folder, 'images', path));
  }
}

test('a run over links gives the bytes of one over files, resumes, verifies, recomputes', async (t) => {
  const folder = await temporaryFolder(t);
  await linked(folder);
  const real = await testRun(t, goodImages(6), { extraction: { partitions: 3 } });
  await real.execute({ finish: { csv: true, withImages: true } });
  const run = await runIn(folder, {}, FOLLOWING);
  assert.equal(run.manifest.listing.images, 6);
  const stopped = await run.execute({
    finish: { csv: true, withImages: true },
    seen: (event, executor) => {
      if (event.type === 'partition:done') void executor.close();
    },
  });
  assert.equal(stopped.error?.code, 'E_INTERRUPTED');
  assert.equal((await run.execute({ cause: 'resume' })).verdict, 'ok');
  assert.deepEqual(await promisedHashes(run.store), await promisedHashes(real.store));
  const rows = parseCsv(Buffer.from(await bytesOf(run.store, RUN_FILES.csv)).toString('utf8'));
  assert.equal(Buffer.from(rows[1]?.at(-1) ?? '', 'base64').toString(), 'image a/00.jpg');

  const examination = await examine(run);
  assert.deepEqual(faultsOf(examination), []);
  const own = { run: { ...run, epoch: 0 }, signal: new AbortController().signal, emit: () => {} };
  const ctx = stageContext(testServices(), own);
  const { compared, findings } = await recomputeRows(ctx, examination.parts, { count: 9, seed: 1 });
  assert.deepEqual([compared, findings], [6, []]);
});

test('following links is part of the run id; without links the id is as before', async (t) => {
  const folder = await temporaryFolder(t);
  const plain = await runIn(folder, goodImages(2), { name: 'plain' });
  const following = await runIn(folder, {}, { name: 'following', extraction: { followLinks: true } });
  assert.equal(plain.manifest.listing.sha256, following.manifest.listing.sha256);
  assert.notEqual(plain.manifest.identity, following.manifest.identity);
  assert.ok(!JSON.stringify(plain.manifest).includes('followLinks'));
});

test('what a worker may not follow is in quarantine, and retried by a run that reuses', async (t) => {
  const folder = await temporaryFolder(t);
  await linked(folder);
  const run = await runIn(folder, {}, FOLLOWING);
  const denied = openLocalStorage(run.imagesFolder, {
    ...{ follow: true, within: [run.imagesFolder, join(folder, 'shared/a')] },
  });
  assert.equal((await run.execute({ images: denied, finish: { maxBad: 1 } })).verdict, 'ok');
  const report = await jsonOf<Report>(run.store, RUN_FILES.report);
  assert.deepEqual(
    report.quarantine.map(({ code, count }) => [code, count]),
    [['E_IMG_OUTSIDE_ROOT', 3]],
  );
  assert.match(report.quarantine[0]?.next ?? '', /--follow-links/);
  // This process may follow them: no fault of the run.
  const examination = await examine(run);
  const own = { run: { ...run, epoch: 0 }, signal: new AbortController().signal, emit: () => {} };
  const again = await recomputeRows(stageContext(testServices(), own), examination.parts, {
    count: 9,
    seed: 1,
  });
  assert.deepEqual([again.findings, again.compared], [[], 3]);

  const other = await runIn(folder, {}, { ...FOLLOWING, name: 'other' });
  const children = fakeChildren();
  const reuse = { manifest: run.manifest, store: run.store, whole: false };
  const { verdict } = await other.execute({ reuse, children });
  assert.equal(verdict, 'ok');
  const { extracted, reused } = await jsonOf<Report>(other.store, RUN_FILES.report);
  assert.deepEqual([extracted, reused], [6, 3]);
});

test('the report says what the newest listing left out, and verify checks it', async (t) => {
  const run = await testRun(t, goodImages(2), {});
  const numbers = {
    ...{ otherEndings: 0, noEnding: 1, hiddenFiles: 0, hiddenFolders: 0, hiddenFolderFiles: 0 },
    ...{ linkedFolders: 2, linkLoops: 0, linkRepeats: 0, linksOut: 0, linksToNothing: 0 },
  };
  const first = { endings: { '.bmp': 20 }, ...numbers };
  await run.execute({ leftOut: first });
  assert.deepEqual((await jsonOf<Report>(run.store, RUN_FILES.report)).leftOut, first);
  assert.deepEqual(faultsOf(await examine(run)), []);

  const second = { endings: { '.bmp': 21 }, ...numbers };
  await run.execute({ leftOut: second, finish: { csv: true } });
  await run.execute({ cause: 'resume', finish: { csv: false } });
  const report = await jsonOf<Report>(run.store, RUN_FILES.report);
  assert.deepEqual(report.leftOut, second);
  assert.deepEqual(faultsOf(await examine(run)), []);

  for (const leftOut of [first, undefined]) {
    const spoiled = reportSchema.parse({ ...report, leftOut });
    await run.store.replace(RUN_FILES.report, recordBytes(spoiled));
    const what = 'Its leftOut does not match the run.';
    assert.deepEqual(faultsOf(await examine(run)), [`${RUN_FILES.report}: ${what}`]);
  }
});

test('a damaged record of an older epoch is passed over where a run finishes', async (t) => {
  const run = await testRun(t, goodImages(2), {});
  await run.execute();
  await run.execute({ finish: { csv: true } });
  await run.store.replace(epochFile(1), Buffer.from('{'));
  await run.execute({ cause: 'resume', finish: { csv: false } });
  assert.ok(!('leftOut' in (await jsonOf<Report>(run.store, RUN_FILES.report))));
});

test('a run of an older release, which does not say what was left out, has a report', async (t) => {
  const run = await testRun(t, goodImages(2), {});
  await run.execute();
  const report = await jsonOf<Report>(run.store, RUN_FILES.report);
  assert.ok(!('leftOut' in report));
  assert.deepEqual(faultsOf(await examine(run)), []);
});
