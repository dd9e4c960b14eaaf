import assert from 'node:assert/strict';
import { mkdir, readdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { LeftOut, Report } from '@verger/core';
import { cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { promisedHashes } from '@verger/testkit/run-folder';
import { audit } from '../faults/audited.ts';

interface Outcome {
  readonly location: string;
  readonly listed: number;
  readonly leftOut: LeftOut;
}

let place: { folder: string; remove: () => Promise<void> };
const at = (...names: string[]) => join(place.folder, ...names);
const HOW = ['--partitions', '3', '--components', '2', '--processes', '1', '--csv', '--with-images'];
const run = (images: string, output: string, ...more: string[]) =>
  cli(['run', at(images), '--output', at(output), ...TRIAL, ...HOW, ...more]);

before(async () => {
  place = await temporaryFolder();
  await plantOrchard(at('real'), { kinds: 3, views: 2 });
});
after(() => place.remove());

test('linked class folders: reported without --follow-links; with it the same bytes', async () => {
  const real = jsonOf<Outcome>(await run('real', 'out-real', '--json'));
  assert.equal(real.listed, 6);
  const expected = await promisedHashes(real.location);
  // The same images by links: to a folder where it was, and to others that were moved.
  await mkdir(at('images'));
  await mkdir(at('shared'));
  const folders = await readdir(at('real'));
  assert.equal(folders.length, 3);
  for (const [index, folder] of folders.entries()) {
    if (index === 0) await symlink(at('real', folder), at('images', folder));
    else {
      await rename(at('real', folder), at('shared', folder));
      await symlink(join('..', 'shared', folder), at('images', folder));
    }
  }
  const without = await run('images', 'out-without');
  assert.equal(without.code, 3);
  assert.match(
    without.stderr,
    /E_NO_INPUT[\s\S]*3 folders are links and were not entered: give --follow-links/,
  );

  const followed = await run('images', 'out', '--follow-links', '--json');
  const { location, listed, leftOut } = jsonOf<Outcome>(followed);
  assert.deepEqual([listed, leftOut.linkedFolders], [6, 0]);
  assert.deepEqual(await promisedHashes(location), expected);
  await audit(location, { unfinishedOk: false });
  const again = jsonOf<Outcome & { already: boolean }>(
    await run('images', 'out', '--follow-links', '--json'),
  );
  assert.equal(again.already, true);
  const verified = await cli(['verify', location, '--recompute', '6', '--json', '--processes', '1']);
  assert.deepEqual(jsonOf<{ findings: unknown[] }>(verified).findings, []);
  const how = ['--weights', 'untrained', '--processes', '1', '--follow-links', '--json'];
  const transformed = await cli(['transform', location, at('images'), '--output', at('out-t'), ...how]);
  assert.equal(jsonOf<Outcome>(transformed).listed, 6);
  const table = await cli(['export', location, '--output', at('table.csv'), '--images', '--json']);
  assert.equal(jsonOf<{ rows: number }>(table).rows, 6);
});

test('images that are links: run, report and their JSON count them and name the option', async () => {
  await mkdir(at('mixed', 'own'), { recursive: true });
  await plantOrchard(at('mixed'), { kinds: 2, views: 2 });
  const [folder = ''] = await readdir(at('shared'));
  for (const file of await readdir(at('shared', folder))) {
    await symlink(at('shared', folder, file), at('mixed', 'own', file));
  }
  await symlink(at('shared', folder), at('mixed', 'Linked'));
  const told = await run('mixed', 'out-mixed');
  for (const text of [told.stderr, told.stdout]) {
    assert.match(text, /links {7}1 folder is a link and was not entered: give --follow-links/);
    assert.match(text, /links {7}2 images are links that lead out of the images folder: give --follow-links/);
  }
  const report = await cli(['report', at('out-mixed')]);
  assert.match(report.stdout, /links {7}1 folder is a link[\s\S]*links {7}2 images are links/);
  assert.match(report.stdout, /E_IMG_OUTSIDE_ROOT × 2[\s\S]*→ Give --follow-links/);
  const { leftOut } = jsonOf<Report>(await cli(['report', at('out-mixed'), '--json']));
  assert.deepEqual([leftOut?.linkedFolders, leftOut?.linksOut], [1, 2]);
});
