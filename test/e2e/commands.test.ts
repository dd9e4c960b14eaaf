import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FEATURES, RUN_FILES } from '@verger/core';
import { call } from '@verger/testkit/call';
import { cli, jsonOf, startCli, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { until } from '@verger/testkit/processes';
import { filesUnder } from '@verger/testkit/run-folder';
import { cancel } from '../../apps/verger/src/commands/cancel.ts';
import { plan } from '../../apps/verger/src/commands/plan.ts';
import { sample } from '../../apps/verger/src/commands/sample.ts';
import type { Planned } from '../../apps/verger/src/plan/planned.ts';

const GOOD = 48;
const LISTED = GOOD + 5;
/** Three of each of four kinds, and the broken files, which lie in folders of their own. */
const CHOSEN = 16;
let place: { folder: string; remove: () => Promise<void> };
let images: string;

before(async () => {
  place = await temporaryFolder();
  images = join(place.folder, 'orchard');
  await plantOrchard(images, { kinds: 4, views: GOOD / 4, broken: true });
});
after(() => place.remove());

test('plan says what run would do and writes nothing; a cancelled run is resumed', async () => {
  const output = join(place.folder, 'results');
  const flags = {
    output,
    weights: 'untrained',
    partitionSize: '4',
    processes: '1',
    maxBad: '1',
    components: '3',
    csv: true,
    instance: 'c7a.2xlarge',
    deadline: '30m',
  };
  const planned = (await call(plan, [images], { flags, json: true })).json<Planned>();
  assert.deepEqual(filesUnder(output), []);
  assert.deepEqual(
    [planned.listed, planned.found, planned.partitions],
    [LISTED, null, { count: 14, smallest: 1, largest: 4 }],
  );
  assert.equal(
    planned.labels.largest.reduce((sum, { count }) => sum + count, 0),
    LISTED,
  );
  const { measured, estimate, fleet } = planned;
  assert.deepEqual([fleet?.instance, fleet?.inTime, fleet?.cost.workers], ['c7a.2xlarge', true, 1]);
  assert.ok(measured !== null && estimate !== null);
  assert.equal(measured.images, LISTED);
  assert.ok(measured.extracted === GOOD && measured.extractMs > 0.5 && measured.featuresBytes > FEATURES * 4);
  assert.ok(estimate.extractMs > 0 && (estimate.projection ?? 0) > 0 && (estimate.csv ?? 0) > 0);

  const command = [
    'run',
    images,
    '--output',
    output,
    ...TRIAL,
    '--partition-size',
    '4',
    '--processes',
    '1',
    '--components',
    '3',
    '--csv',
  ];
  const running = startCli(command);
  const folder = join(output, planned.runId ?? '');
  await until(
    'a commit',
    () => filesUnder(join(folder, 'commits')).length > 0 || running.child.exitCode !== null,
  );
  const said = await call(cancel, [output]);
  assert.match(said.printed, /: cancelled; a process that works on it/);
  const { code, stderr } = await running.ended;
  assert.equal(code, 1);
  assert.match(
    stderr,
    /E_RUN_CANCELLED: .* kept\. \d+ of 14 partitions are committed\.\n.*\n {2}next: .*resume/,
  );
  assert.ok(!filesUnder(folder).includes(RUN_FILES.success));
  const found = (
    await call(plan, [images], { flags: { ...flags, measure: false }, json: true })
  ).json<Planned>();
  assert.deepEqual([found.runId, found.found, found.measured], [planned.runId, 'cancelled', null]);

  const resumed = jsonOf<{ location: string; listed: number }>(await cli(['resume', folder, '--json']));
  assert.equal(resumed.listed, LISTED);
  // What was estimated is what came, within what a sample can say.
  const bytes = async (name: string) => (await readFile(join(folder, name))).byteLength;
  const parts = filesUnder(join(folder, 'features'));
  let features = 0;
  for (const part of parts) features += await bytes(join('features', part));
  assert.ok(
    Math.abs(features / estimate.features - 1) < 0.2,
    `${features} bytes, ${estimate.features} estimated`,
  );
});

test('sample copies a seeded part, again finds it there, and refuses other places', async () => {
  const output = join(place.folder, 'few');
  const flags = { output, count: 3, perLabel: true };
  const first = (await call(sample, [images], { flags, json: true })).json<Record<string, number>>();
  assert.deepEqual([first['listed'], first['copied'], first['already']], [LISTED, CHOSEN, 0]);
  const files = filesUnder(output);
  assert.equal(files.length, CHOSEN);
  for (const file of files) {
    assert.deepEqual(await readFile(join(output, file)), await readFile(join(images, file)));
  }
  const again = await call(sample, [images], { flags });
  assert.match(again.printed, /^16 images of 53 in .*few \(16 of them were already there\)\n/);
  assert.deepEqual(filesUnder(output), files);
  const refused = async (other: object) =>
    (await call(sample, [images], { flags: { ...flags, ...other } })).error;
  assert.equal((await refused({ seed: 2 }))?.code, 'E_OUTPUT_NOT_EMPTY');
  assert.equal((await refused({ output: join(images, 'in') }))?.code, 'E_OUTPUT_INSIDE_IMAGES');
  for (const wrong of [{ count: undefined }, { fraction: 0.5 }, { output: undefined }]) {
    assert.equal((await refused(wrong))?.code, 'E_USAGE');
  }
  assert.equal((await call(sample, [join(images, 'missing')], { flags })).error?.code, 'E_INPUT_MISSING');
});
