import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { RUN_FILES, type Success } from '@verger/core';
import { cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { drawings, writeImage } from '@verger/testkit/images';
import { assertRefused } from '@verger/testkit/refused';
import { filesUnder } from '@verger/testkit/run-folder';

interface Outcome {
  readonly runId: string;
  readonly location: string;
  readonly listed: number;
  readonly extracted: number;
  readonly quarantined: number;
  readonly k: number;
  readonly verdict: string;
}

let place: { folder: string; remove: () => Promise<void> };
let good: Uint8Array[];
const EMPTY = new Uint8Array(0);
const at = (...names: string[]) => join(place.folder, ...names);

/** A folder of images with these bytes, all of one label. */
async function folderOf(name: string, images: readonly Uint8Array[]): Promise<void> {
  for (const [index, bytes] of images.entries()) await writeImage(at(name), `Fruit/${index}.jpg`, bytes);
}
/** All runs share one output: whatever went wrong before must not stand in the way of the next. */
const args = (images: string, ...more: string[]) => {
  const output = more.includes('--output') ? [] : ['--output', at('out')];
  return ['run', at(images), ...output, ...TRIAL, '--processes', '1', ...more];
};
const run = (images: string, ...more: string[]) => cli(args(images, ...more));

before(async () => {
  place = await temporaryFolder();
  good = await drawings(4);
});
after(() => place.remove());

test('one image has features but no PCA; a second one mends it', async () => {
  await folderOf('few', good.slice(0, 1));
  const one = await run('few');
  assertRefused(one, 'E_PCA_TOO_FEW');
  const { state, extracted, location, failures } = jsonOf<{
    state: string;
    extracted: number;
    location: string;
    failures: { code: string }[];
  }>(await cli(['status', at('out'), '--json']));
  assert.deepEqual([state, extracted, failures.map(({ code }) => code)], ['failed', 1, ['E_PCA_TOO_FEW']]);
  assert.equal(filesUnder(join(location, 'features')).length, 1);
  const rows = await cli(['head', location, '--json']);
  assert.equal((JSON.parse(rows.stdout) as { features: number[] }).features.length, 1280);

  await folderOf('few', good.slice(0, 2));
  const two = await run('few', '--json');
  const { listed, k, verdict } = jsonOf<Outcome>(two);
  assert.deepEqual([listed, k, verdict], [2, 1, 'ok']);
  assert.match(two.stderr, /note: .* unfinished run of the same images[\s\S]*verger resume/);
});

test('several runs in one output are told apart by the start of their ids', async () => {
  const ids = [...new Set(filesUnder(at('out')).map((file) => file.split('/')[0]!))];
  assert.equal(ids.length, 2);
  const ambiguous = await cli(['report', at('out')]);
  assertRefused(ambiguous, 'E_RUN_AMBIGUOUS');
  for (const id of ids) assert.ok(ambiguous.stderr.includes(id));
  const prefix = ids[0]!.slice(0, 6);
  assert.equal(
    jsonOf<{ runId: string }>(await cli(['status', `${at('out')}#${prefix}`, '--json'])).runId,
    ids[0],
  );
});

test('images that are all the same have no variance', async () => {
  await folderOf('same', [good[0]!, good[0]!, good[0]!]);
  assertRefused(await run('same'), 'E_PCA_NO_VARIANCE');
});

test('more components than images, whether seen in the listing or after the quarantine', async () => {
  await folderOf('three', [...good.slice(0, 3), EMPTY]);
  const before_ = filesUnder(at('out'));
  const planned = await run('three', '--components', '9');
  assertRefused(planned, 'E_PCA_COMPONENTS');
  assert.match(planned.stderr, /4 images give at most 3; 9 were requested/);
  assert.deepEqual(filesUnder(at('out')), before_);
  assertRefused(await run('three', '--components', '3'), 'E_PCA_COMPONENTS');
});

test('only bad images: everything is accounted for, there is no model, and the code is 5', async () => {
  await folderOf('bad', [EMPTY, EMPTY]);
  const { code, stdout } = await run('bad', '--max-bad', '0.05', '--csv', '--name', 'bad');
  assert.equal(code, 5);
  assert.match(stdout, /^run bad: .*too many images are in quarantine \(E_TOO_MANY_BAD\)[\s\S]*PCA {9}none/);
  const files = filesUnder(at('out', 'bad'));
  const success = JSON.parse(await readFile(at('out', 'bad', RUN_FILES.success), 'utf8')) as Success;
  const { verdict, listed, extracted, quarantined, k } = success;
  assert.deepEqual([verdict, listed, extracted, quarantined, k], ['too-many-bad', 2, 0, 2, null]);
  assert.ok(!files.some((file) => /^(pca|projection)\/|\.csv$/.test(file)), files.join(' '));
});

test('an output that cannot be written', async () => {
  await writeFile(at('file'), 'in the way');
  const blocked = await run('three', '--output', at('file', 'out'));
  assertRefused(blocked, 'E_OUTPUT_NOT_WRITABLE');
  assert.equal(await readFile(at('file'), 'utf8'), 'in the way');
  if (existsSync('/proc/self'))
    assertRefused(await run('three', '--output', '/proc/out'), 'E_OUTPUT_NOT_WRITABLE');
});

test('a damaged manifest is named; without the folder the same command runs again', async () => {
  const ids = filesUnder(at('out')).filter((file) => file.endsWith('/_SUCCESS') && !file.startsWith('bad/'));
  assert.equal(ids.length, 1);
  const location = at('out', ids[0]!.split('/')[0]!);
  const manifest = join(location, RUN_FILES.manifest);
  const text = await readFile(manifest, 'utf8');
  for (const [damaged, command] of [
    [text.slice(0, -40), ['status', location]],
    [text.replace('"images": 2', '"images": 3'), args('few')],
  ] as const) {
    assert.notEqual(damaged, text);
    await writeFile(manifest, damaged);
    const refusal = await cli(command);
    assertRefused(refusal, 'E_RUN_CORRUPT');
    assert.ok(refusal.stderr.includes(manifest));
  }
  await rm(location, { recursive: true });
  const again = jsonOf<Outcome>(await run('few', '--json'));
  assert.deepEqual([again.location, again.listed, again.k], [location, 2, 1]);
});
