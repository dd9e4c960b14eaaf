import assert from 'node:assert/strict';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Quarantined, RUN_FILES } from '@verger/core';
import { jsonOf, startCli, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { drawings, writeImage } from '@verger/testkit/images';
import { hasProc, isAlive, type ProcessRef, processTree, until } from '@verger/testkit/processes';
import { filesUnder, readJsonLines } from '@verger/testkit/run-folder';
import sharp from 'sharp';

const GOOD = 9;
const HOSTILE = [
  { path: 'Fruit/2-crash.jpg', word: 'hostile:crash', code: 'E_IMG_CRASH' },
  { path: 'Fruit/4-eat.jpg', word: 'hostile:eat', code: 'E_IMG_MEMORY' },
  { path: 'Fruit/6-loop.jpg', word: 'hostile:loop', code: 'E_IMG_TIMEOUT' },
  { path: 'Fruit/8-native.jpg', word: 'hostile:native', code: 'E_IMG_TIMEOUT' },
] as const;
const PRELOAD = new URL('../../packages/testkit/src/hostile-decoder.ts', import.meta.url);

let place: { folder: string; remove: () => Promise<void> };
before(async () => {
  place = await temporaryFolder();
});
after(() => place.remove());

/**
 * A folder for temporary files of its own, with the loader's cache in it: compiling everything again would
 * take longest.
 */
async function ownTemporary(): Promise<string> {
  const folder = join(place.folder, 'tmp');
  await mkdir(folder);
  for (const name of await readdir(tmpdir()))
    if (name.startsWith('tsx-')) await symlink(join(tmpdir(), name), join(folder, name));
  return folder;
}

test('images that crash, hang and eat memory cost themselves, and nothing is left of it', {
  skip: hasProc ? false : 'needs /proc',
}, async () => {
  const images = join(place.folder, 'images');
  const drawn = await drawings(GOOD + HOSTILE.length);
  for (let index = 0; index < GOOD; index += 1) await writeImage(images, `Fruit/${index}.jpg`, drawn[index]!);
  for (const [index, { path, word }] of HOSTILE.entries()) {
    // As PNG: small JPEGs do not come to the decoder that the preload changes.
    const png = await sharp(drawn[GOOD + index]!)
      .png()
      .toBuffer();
    await writeImage(images, path, Buffer.concat([png, Buffer.from(word)]));
  }
  const temporary = await ownTemporary();
  const limits = ['--image-cpu', '1', '--child-memory', '512MiB'];
  const command = ['run', images, '--output', join(place.folder, 'out'), ...TRIAL, ...limits];
  const running = startCli([...command, '--partitions', '1', '--processes', '2', '--json'], {
    env: { TMPDIR: temporary },
    preload: PRELOAD,
  });
  const seen = new Map<number, ProcessRef>();
  const watch = setInterval(() => {
    for (const one of processTree(running.pid)) seen.set(one.pid, one);
  }, 50);
  const result = await running.ended;
  clearInterval(watch);

  const outcome = jsonOf<{ location: string; listed: number; extracted: number }>(result);
  assert.deepEqual([outcome.listed, outcome.extracted], [GOOD + HOSTILE.length, GOOD]);
  const quarantine = await readJsonLines<Quarantined>(join(outcome.location, RUN_FILES.quarantine));
  assert.deepEqual(
    quarantine.map(({ path, code, environmental }) => ({ path, code, environmental })),
    HOSTILE.map(({ path, code }) => ({ path, code, environmental: true })),
  );
  assert.ok(seen.size > 8, `${seen.size} processes: the children were replaced`);
  await until('all its processes are gone', () => ![...seen.values()].some(isAlive));
  const left = (await readdir(temporary)).filter((name) => !name.startsWith('tsx-'));
  assert.deepEqual(left, []);
  assert.ok(!filesUnder(outcome.location).some((file) => file.startsWith('.tmp/')));
});
