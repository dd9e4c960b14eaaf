import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { RUN_FILES } from '@verger/core';
import { cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { filesUnder, isPromised, promisedHashes } from '@verger/testkit/run-folder';

/** VERGER_WHOLE_CAMPAIGN=1 has more images, and adds the cut that takes longest. */
const WHOLE = process.env['VERGER_WHOLE_CAMPAIGN'] === '1';
const CUTS = WHOLE ? [1, 5, 24, 97] : [1, 5, 24];

let place: { folder: string; remove: () => Promise<void> };
/** Of the run in 5 partitions with 2 processes. */
let promised: Record<string, string>;
before(async () => {
  place = await temporaryFolder();
  await plantOrchard(join(place.folder, 'orchard'), { kinds: 8, views: WHOLE ? 12 : 3, broken: true });
});
after(() => place.remove());

/** Runs the orchard in that many partitions; gives the run folder. */
async function run(output: string, options: { partitions: number; processes: number }): Promise<string> {
  const { partitions, processes } = options;
  const where = ['run', join(place.folder, 'orchard'), '--output', join(place.folder, output), ...TRIAL];
  const how = ['--partitions', String(partitions), '--processes', String(processes), '--csv', '--json'];
  return jsonOf<{ location: string }>(await cli([...where, ...how])).location;
}

test('PCA model, quarantine and CSV have the same bytes for any number of partitions', async () => {
  let expected: Record<string, Buffer> | undefined;
  for (const partitions of CUTS) {
    const location = await run('two processes', { partitions, processes: 2 });
    assert.equal(filesUnder(join(location, 'commits')).length, partitions);
    const found: Record<string, Buffer> = {};
    for (const file of [RUN_FILES.model, RUN_FILES.labels, RUN_FILES.quarantine, RUN_FILES.csv]) {
      found[file] = await readFile(join(location, file));
    }
    expected ??= found;
    for (const [file, bytes] of Object.entries(expected)) {
      assert.ok(found[file]?.equals(bytes), `${file} of ${partitions} partitions differs`);
    }
    if (partitions === 5) promised = await promisedHashes(location);
    // Sums are 6.6 MB a partition.
    await rm(location, { recursive: true });
  }
});

test('two runs with the same options in two places, on 1 and 2 processes, are the same', async () => {
  const location = await run('one process', { partitions: 5, processes: 1 });
  assert.deepEqual(await promisedHashes(location), promised);
  const kinds = new Set(Object.keys(promised).map((file) => file.replace(/part-\d+/, 'part')));
  assert.deepEqual([...kinds].sort(), [
    'features/part.parquet',
    'pca/labels.json',
    'pca/model.json',
    'projection/part.parquet',
    'quarantine.jsonl',
    'result.csv',
    'sums/part.sums',
  ]);
  assert.equal(filesUnder(location).filter(isPromised).length, 5 * 3 + 4);
});
