import assert from 'node:assert/strict';
import { chmod, cp, mkdir, readFile, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ImageRef, RUN_FILES, runLayout } from '@verger/core';
import { RunIndex } from '@verger/run-index';
import { openLocalStorage } from '@verger/storage';
import { temporaryFolder } from '@verger/testkit/run-harness';
import { writeRun } from '@verger/testkit/written-run';
import { NOW_MS, runSite, seenStorages } from '../testing/run-site.ts';
import { ByteTurns } from './byte-turns.ts';
import { imageType } from './image-type.ts';
import { RunImages, type ShownImages } from './run-images.ts';

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]);
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="hit()"/>');
const HTML = Buffer.from('<!doctype html><script>hit()</script>');

/** A run with a listing of these images, a few per partition, and its pages. */
async function imageSite(
  t: TestContext,
  files: Readonly<Record<string, Uint8Array>>,
  each = 2,
  shown: Partial<ShownImages> = {},
) {
  const images = await temporaryFolder(t);
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(join(images, path, '..'), { recursive: true });
    await writeFile(join(images, path), bytes);
  }
  const refs: ImageRef[] = [];
  for await (const { key, bytes, version } of openLocalStorage(images).list()) {
    refs.push({ path: key, label: 'x', bytes, version });
  }
  const parts = Array.from({ length: Math.ceil(refs.length / each) }, (_, at) =>
    refs.slice(at * each, (at + 1) * each),
  );
  const site = await runSite(t, { images: { roots: [images], isPrivate: false, ...shown } });
  const run = {
    id: 'r',
    images,
    partitions: parts.map(({ length }) => length),
    submittedMs: NOW_MS - 60_000,
  };
  const { folder } = await writeRun(site.output, run);
  await mkdir(join(folder, 'listing'));
  for (const [at, part] of parts.entries()) {
    await writeFile(
      join(folder, runLayout(5).listing(at)),
      part.map((ref) => `${JSON.stringify(ref)}\n`).join(''),
    );
  }
  const get = (path: string) => site.get(`/runs/r/image?path=${encodeURIComponent(path)}`);
  return { images, folder, site, get };
}

test('every listed image is found, whatever its place in the listing; nothing else is', async (t) => {
  const names = Array.from({ length: 45 }, (_, at) => `${[...'abcé🍎'][at % 5]}/${at}.jpg`);
  const { get, site } = await imageSite(t, Object.fromEntries(names.map((name) => [name, JPEG])), 4);
  for (const name of names) assert.equal((await get(name)).status, 200, name);
  for (const path of [
    '',
    'a',
    'a/',
    'a/1',
    'z/1.jpg',
    '../results',
    '/etc/passwd',
    'a/../a/0.jpg',
    '\u0000',
  ]) {
    assert.equal((await get(path)).status, 404, path);
  }
  const wide = site.calls.filter(({ kind, key }) => kind === 'read' && key.startsWith('listing/'));
  assert.ok(wide.length <= 2 * 12, `${wide.length}: each part is read once, and its head once`);
});

test('an image is sent by what its bytes are, and can neither run nor load anything', async (t) => {
  const { get } = await imageSite(t, {
    'a.jpg': PNG,
    'b.png': JPEG,
    'c.svg': SVG,
    'd.jpg': HTML,
    'e.jpg': SVG,
  });
  const png = await get('a.jpg');
  assert.deepEqual([png.status, png.type, Buffer.from(png.body as Uint8Array)], [200, 'image/png', PNG]);
  assert.match(png.headers?.['content-security-policy'] ?? '', /^sandbox; default-src 'none'/);
  assert.equal((await get('b.png')).type, 'image/jpeg');
  for (const path of ['c.svg', 'd.jpg', 'e.jpg']) assert.equal((await get(path)).status, 404, path);
});

test('an image that has gone, has changed, may not be read or is a link out is not there', async (t) => {
  const { get, images } = await imageSite(t, { 'a.jpg': JPEG, 'b.jpg': JPEG, 'c.jpg': JPEG });
  await rename(join(images, 'a.jpg'), join(images, 'z.jpg'));
  await utimes(join(images, 'b.jpg'), 1, 1);
  await chmod(join(images, 'c.jpg'), 0o000);
  await symlink('/etc/hostname', join(images, 'a.jpg'));
  const wanted =
    process.getuid?.() === 0 ? ['a.jpg', 'b.jpg', 'z.jpg'] : ['a.jpg', 'b.jpg', 'c.jpg', 'z.jpg'];
  for (const path of wanted) assert.equal((await get(path)).status, 404, path);
});

test('the folder of the images is gone, or their listing is damaged: not there, and no error', async (t) => {
  const { get, images, folder } = await imageSite(t, { 'a.jpg': JPEG });
  await rename(images, `${images}-gone`);
  assert.equal((await get('a.jpg')).status, 404);
  await rename(`${images}-gone`, images);
  const other = await imageSite(t, { 'a.jpg': JPEG });
  await writeFile(join(other.folder, runLayout(5).listing(0)), 'no json\n'.repeat(3));
  assert.equal((await other.get('a.jpg')).status, 404);
  assert.ok((await readFile(join(folder, RUN_FILES.manifest))).byteLength > 0);
});

test('images are shown below a root, with links resolved, or where nobody else can look', async (t) => {
  const outside = { roots: [await temporaryFolder(t)] };
  const none = await imageSite(t, { 'a.jpg': JPEG }, 2, outside);
  assert.equal((await none.get('a.jpg')).status, 404);
  const alone = await imageSite(t, { 'a.jpg': JPEG }, 2, { ...outside, isPrivate: true });
  assert.equal((await alone.get('a.jpg')).status, 200);
  const above = await imageSite(t, { 'a.jpg': JPEG }, 2, { roots: [tmpdir()] });
  assert.equal((await above.get('a.jpg')).status, 200);
  // The root that is named is replaced by a link out of it.
  const root = await temporaryFolder(t);
  const linked = await imageSite(t, { 'a.jpg': JPEG }, 2, { roots: [root] });
  await symlink(linked.images, join(root, 'photos'));
  const run = { id: 'q', images: join(root, 'photos'), partitions: [1], submittedMs: NOW_MS - 60_000 };
  const { folder } = await writeRun(linked.site.output, run);
  await cp(join(linked.folder, 'listing'), join(folder, 'listing'), { recursive: true });
  linked.site.clock.passedMs += 60_000;
  assert.equal((await linked.site.get('/runs/q/image?path=a.jpg')).status, 404);
});

test('reads that hang do not hold up others for good: 503 in time, and no more than so many wait', async (t) => {
  const images = await temporaryFolder(t);
  const { storages } = seenStorages(({ location, kind }) =>
    location === images && kind === 'read' ? new Promise<void>(() => {}) : undefined,
  );
  const site = await imageSite(t, { 'a.jpg': JPEG });
  const index = new RunIndex({ places: [site.site.output], storages, clock: site.site.clock });
  await index.find('r');
  const run = index.found('r')[0]?.run;
  assert.ok(run !== undefined);
  Object.assign(run.records.plan?.manifest ?? {}, { images });
  const memory = new ByteTurns({ total: 1e6, mostWaiting: 4 });
  const limit = new AbortController();
  const shown = new RunImages({ storages, memory, roots: [], isPrivate: true, limit: () => limit.signal });
  const signal = new AbortController().signal;
  const asked = Array.from({ length: 50 }, async () => (await shown.image(run, 'a.jpg', signal))?.status);
  const refused = await Promise.all(asked.slice(3 + 32));
  assert.deepEqual([...new Set(refused)], [503], 'too many wait');
  limit.abort();
  assert.deepEqual([...new Set(await Promise.all(asked))], [503]);
});

test('a large image is not shown', async (t) => {
  const { get } = await imageSite(t, { 'a.jpg': Buffer.concat([JPEG, Buffer.alloc(8 * 1024 * 1024)]) });
  assert.equal((await get('a.jpg')).status, 404);
});

test('the types are told by magic bytes', () => {
  const of = (text: string) => imageType(Buffer.from(text, 'latin1'));
  assert.equal(of('RIFF\0\0\0\0WEBPVP8 '), 'image/webp');
  assert.equal(of('GIF89a'), 'image/gif');
  assert.equal(of('\0\0\0\x1cftypavif'), 'image/avif');
  for (const text of ['', 'GIF8', 'RIFF\0\0\0\0WAVE', ' GIF89a', '%PDF-1.7', '<svg', 'II*\0']) {
    assert.equal(of(text), undefined, text);
  }
});
