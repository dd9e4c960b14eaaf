import assert from 'node:assert/strict';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { filesUnder, promisedHashes } from '@verger/testkit/run-folder';

interface Outcome {
  readonly location: string;
  readonly runId: string;
  readonly extracted: number;
  readonly reused?: number;
}

const PCA = ['--components', '3'];
const GOOD = 16;
let place: { folder: string; remove: () => Promise<void> };
let images: string;
let first: Outcome;

const submit = async (...args: string[]) =>
  jsonOf<Outcome>(await cli([...args, '--processes', '1', '--json']));
const output = (name: string) => join(place.folder, name);

before(async () => {
  place = await temporaryFolder();
  images = join(place.folder, 'orchard');
  await plantOrchard(images, { kinds: 4, views: GOOD / 4, broken: true });
  first = await submit('run', images, '--output', output('first'), ...TRIAL, ...PCA, '--partitions', '5');
});
after(() => place.remove());

test('a refit is the run of its options, byte for byte, without weights or images', async () => {
  const away = `${images}-away`;
  await rename(images, away);
  const fit = (source: Outcome, components: string, name: string) =>
    submit('refit', source.location, '--components', components, '--output', output(name), '--max-bad', '1');
  const five = await fit(first, '5', 'five');
  const three = await fit(five, '3', 'three');
  await rename(away, images);
  assert.notEqual(five.runId, first.runId);
  assert.equal(three.runId, first.runId);
  assert.deepEqual(await promisedHashes(three.location), await promisedHashes(first.location));
});

test('a transform of the same images by a run has the projection of that run', async () => {
  const cut = ['--partitions', '5', '--max-bad', '1'];
  const args = ['transform', first.location, images, '--output', output('transform'), ...cut];
  const transform = await submit(...args);
  assert.notEqual(transform.runId, first.runId);
  assert.deepEqual(await promisedHashes(transform.location), await promisedHashes(first.location));
});

test('a run that reuses another after changes has the bytes of one from scratch', async () => {
  const files = filesUnder(images).filter((file) => file.endsWith('.jpg'));
  await rm(join(images, files[3]!));
  await rename(join(images, files[7]!), join(images, `${files[7]!}.new.jpg`));
  await writeFile(join(images, files[11]!), 'no image any more');
  const reusing = ['run', images, '--output', output('reused'), '--reuse', first.location];
  const reused = await submit(...reusing, ...TRIAL, ...PCA, '--partitions', '4');
  const scratch = await submit(
    'run',
    images,
    '--output',
    output('scratch'),
    ...TRIAL,
    ...PCA,
    '--partitions',
    '4',
  );
  assert.equal(reused.reused, GOOD - 3);
  assert.equal(reused.extracted, scratch.extracted);
  assert.deepEqual(await promisedHashes(reused.location), await promisedHashes(scratch.location));
});
