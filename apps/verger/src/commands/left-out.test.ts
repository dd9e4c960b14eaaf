import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { call } from '@verger/testkit/call';
import { startFakeS3 } from '@verger/testkit/fake-s3';
import { fakeObject } from '@verger/testkit/fake-s3-answers';
import { TEST_ENV } from '@verger/testkit/s3-server';
import type { Planned } from '../plan/planned.ts';
import { plan } from './plan.ts';
import { sample } from './sample.ts';

async function folderOf(
  t: TestContext,
  files: readonly string[],
  links: Readonly<Record<string, string>> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'verger-left-out-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), file);
  }
  for (const [link, target] of Object.entries(links)) {
    await mkdir(dirname(join(folder, link)), { recursive: true });
    await symlink(target, join(folder, link));
  }
  return folder;
}

const planned = async (folder: string, images = 'images', more: Record<string, unknown> = {}) => {
  const flags = { output: join(folder, 'out'), weights: 'untrained', measure: false, ...more };
  const text = await call(plan, [join(folder, images)], { flags });
  const asJson = await call(plan, [join(folder, images)], { flags, json: true });
  return { ...text, json: () => asJson.json<Planned>() };
};

test('plan says what it leaves out, as text and as numbers', async (t) => {
  const files = ['images/a/1.jpg', 'images/a/2.jfif', 'images/a/x.bmp', 'images/b/y.BMP', 'images/README'];
  const folder = await folderOf(t, [...files, 'images/.thumbs/1.jpg']);
  const { printed, json } = await planned(folder);
  assert.match(printed, /^ {2}left out {4}2 × \.bmp, 1 without an ending, 1 hidden folder with 1 file$/m);
  const { listed, leftOut } = json();
  assert.equal(listed, 2);
  assert.deepEqual([leftOut.endings, leftOut.noEnding, leftOut.hiddenFolders], [{ '.bmp': 2 }, 1, 1]);
  assert.doesNotMatch((await planned(folder, 'images', { glob: ['*.*', '*', '.*/*'] })).printed, /left out/);
});

test('one real and two linked class folders: plan names the option, and with it all are taken', async (t) => {
  const files = ['images/Apple/1.jpg', 'shared/Pear/1.jpg', 'shared/Pear/2.jpg', 'shared/Plum/1.jpg'];
  const links = { 'images/Pear': '../shared/Pear', 'images/Plum': '../shared/Plum' };
  const folder = await folderOf(t, files, links);
  const without = await planned(folder);
  assert.match(
    without.printed,
    /1 listed[\s\S]*2 folders are links and were not entered: give --follow-links/,
  );
  assert.equal(without.json().leftOut.linkedFolders, 2);
  const { printed, json } = await planned(folder, 'images', { followLinks: true });
  assert.match(printed, /4 listed/);
  assert.doesNotMatch(printed, /links|left out/);
  assert.notEqual(json().runId, without.json().runId);
  // The same listing with and without is two runs, because following is part of the id.
  const [real, followed] = [
    await planned(folder, 'shared'),
    await planned(folder, 'shared', { followLinks: true }),
  ];
  assert.notEqual(real.json().runId, followed.json().runId);
});

test('a folder of links only: every image is reported as a link, and the option is named', async (t) => {
  const links = {
    'images/a/1.jpg': '../../blobs/1',
    'images/a/2.jpg': '../../blobs/2',
    'images/a/3.jpg': '../../no',
  };
  const folder = await folderOf(t, ['blobs/1', 'blobs/2'], links);
  const { printed } = await planned(folder);
  assert.match(printed, /2 images are links that lead out of the images folder: give --follow-links/);
  assert.match(printed, /1 link leads to nothing that can be read/);
  const { refused, leftOut } = (await planned(folder, 'images', { followLinks: true })).json();
  assert.deepEqual(refused, { E_IMG_OUTSIDE_ROOT: 1 });
  assert.deepEqual([leftOut.linksOut, leftOut.linksToNothing], [0, 1]);
});

test('E_NO_INPUT says what is there instead, of plan and of sample', async (t) => {
  const folder = await folderOf(t, ['images/a.bmp', 'images/b.bmp', 'shared/x.jpg'], {
    'images/c': '../shared',
  });
  const expected =
    /No images were found\.\n {2}left out: 2 × \.bmp\n {2}1 folder is a link and was not entered: give --follow-links/;
  const { error } = await planned(folder);
  assert.equal(error?.code, 'E_NO_INPUT');
  assert.match(error?.message ?? '', expected);
  const flags = { output: join(folder, 'few'), count: 1 };
  const sampled = await call(sample, [join(folder, 'images')], { flags });
  assert.equal(sampled.error?.code, 'E_NO_INPUT');
  assert.match(sampled.error?.message ?? '', expected);
  const followed = await call(sample, [join(folder, 'images')], { flags: { ...flags, followLinks: true } });
  assert.equal(followed.code, 0);
  assert.match(followed.printed, /^1 image of 1 in .*\n[\s\S]*left out {4}2 × \.bmp/);
});

test('images directly in the folder have no label, which is said unless none was asked for', async (t) => {
  const folder = await folderOf(t, ['images/Apple/1.jpg', 'images/Apple/2.jpg', 'images/3.jpg']);
  const { printed, json } = await planned(folder, 'images/Apple');
  assert.match(
    printed,
    /no label {4}all 2 images: directly in .*images\/Apple, but labels are the names of folders inside it/,
  );
  assert.equal(json().notes.length, 1);
  assert.match((await planned(folder)).printed, /no label {4}1 image: directly in/);
  const none = await planned(folder, 'images/Apple', { label: 'none' });
  assert.doesNotMatch(none.printed, /no label/);
  const some = await planned(folder, 'images', { label: 'regex:^(Apple)/' });
  assert.match(some.printed, /no label {4}1 image: the --label rule gives none for their paths/);
});

test('a bucket has no links: --follow-links changes nothing, and makes no other run', async (t) => {
  Object.assign(process.env, TEST_ENV, { AWS_REGION: 'us-east-1' });
  const fake = await startFakeS3({ buckets: ['photos'] });
  t.after(() => fake.stop());
  const objects = ['a/1.jpg', 'a/2.bmp', '.trash/3.jpg', 'a/.hidden.jpg', 'README'];
  for (const key of objects) fake.bucket('photos').objects.set(key, fakeObject(key));
  const ids: (string | null)[] = [];
  for (const followLinks of [true, false]) {
    const flags = { output: '/nowhere', weights: 'untrained', measure: false, s3Endpoint: fake.endpoint };
    const { json, notes } = await call(plan, ['s3://photos'], {
      flags: { ...flags, followLinks },
      json: true,
    });
    const { runId, leftOut } = json<Planned>();
    ids.push(runId);
    assert.deepEqual([leftOut.endings, leftOut.noEnding, leftOut.hiddenFiles], [{ '.bmp': 1 }, 1, 1]);
    assert.deepEqual([leftOut.hiddenFolders, leftOut.hiddenFolderFiles], [1, 1]);
    assert.equal(/--follow-links changes nothing here/.test(notes), followLinks);
  }
  assert.equal(ids[0], ids[1]);
});
