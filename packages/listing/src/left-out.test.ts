import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEFAULT_GLOB,
  type ExtractionOptions,
  leftOutSchema,
  type Storage,
  type StoredEntry,
} from '@verger/core';
import fc from 'fast-check';
import { listImages } from './images.ts';
import { countLeftOut } from './left-out.ts';
import { leftOutDetail, leftOutText, linksText } from './left-out-text.ts';

const OPTIONS: ExtractionOptions = {
  glob: [...DEFAULT_GLOB],
  label: 'parent',
  limit: null,
  sample: null,
  seed: 0,
  partitions: null,
  partitionSize: null,
};
const NONE = countLeftOut().counts();

type Listed = string | Pick<StoredEntry, 'key' | 'refused' | 'link'>;

/** What a listing of these keys takes, and what it says it left out. */
async function listed(keys: readonly Listed[], options: Partial<ExtractionOptions> = {}) {
  const entries = keys
    .map((one) => ({ bytes: 1, version: 'mtime:1', ...(typeof one === 'string' ? { key: one } : one) }))
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  const storage = {
    describe: () => 'fake',
    async *list() {
      yield* entries;
    },
  } as unknown as Storage;
  const counter = countLeftOut();
  const taken: string[] = [];
  for await (const { path } of listImages(storage, { ...OPTIONS, ...options }, () => '', {
    leftOut: counter,
  }))
    taken.push(path);
  return { taken, leftOut: leftOutSchema.parse(counter.counts()) };
}

test('files that no glob takes are counted by their ending, in any case, and those without one', async () => {
  const { taken, leftOut } = await listed([
    ...['a/1.jpg', 'a/2.JFIF', 'a/3.jpe', 'a/4.Jif'],
    ...['a/1.bmp', 'a/2.BMP', 'b/3.bmp', 'b/1.tar.gz', 'b.d/Makefile', 'b/dot.', 'b/README', 'b/1.bmp2'],
  ]);
  assert.deepEqual(taken, ['a/1.jpg', 'a/2.JFIF', 'a/3.jpe', 'a/4.Jif']);
  assert.deepEqual(leftOut, {
    ...NONE,
    endings: { '.bmp': 3, '.bmp2': 1, '.gz': 1 },
    noEnding: 3,
  });
  assert.equal(leftOutText(leftOut), '3 × .bmp, 1 × .bmp2, 1 × .gz, 3 without an ending');
});

test('hidden files, hidden folders and the files in them are counted apart, however deep', async () => {
  const { taken, leftOut } = await listed([
    ...['.DS_Store', '.hidden.jpg', 'a/._x.jpg', 'a/x.jpg'],
    ...[
      '.git/HEAD',
      '.git/objects/aa/1',
      '.git/objects/.x',
      'a/.thumbs/1.jpg',
      'a/.thumbs/b/2.jpg',
      'a/.thumbs-2/1.jpg',
    ],
  ]);
  assert.deepEqual(taken, ['a/x.jpg']);
  assert.deepEqual(leftOut, { ...NONE, hiddenFiles: 3, hiddenFolders: 3, hiddenFolderFiles: 6 });
  assert.equal(leftOutText(leftOut), '3 hidden files, 3 hidden folders with 6 files');
});

test('hidden images that a glob spells the dot of are taken, and not left out', async () => {
  const { taken, leftOut } = await listed(['.a.jpg', 'b.jpg'], { glob: ['*.jpg', '.*.jpg'] });
  assert.deepEqual([taken, leftOut], [['.a.jpg', 'b.jpg'], NONE]);
});

test('links are counted by their targets: folders not entered, images outside, nothing', async () => {
  const refused = 'E_IMG_OUTSIDE_ROOT';
  const { taken, leftOut } = await listed([
    { key: 'Pear', refused, link: 'folder' },
    { key: 'folder.jpg', refused, link: 'folder' },
    { key: '.cache', refused, link: 'folder' },
    { key: 'a.jpg', refused, link: 'outside' },
    { key: 'b.jpg', refused, link: 'nothing' },
    { key: 'Unmounted', refused, link: 'nothing' },
    { key: 'c.jpg', refused: 'E_IMG_NOT_A_FILE' },
    { key: 'l', refused: 'E_IMG_NOT_A_FILE', link: 'loop' },
    { key: 'r', refused: 'E_IMG_NOT_A_FILE', link: 'repeat' },
    { key: 'readme.md', refused, link: 'outside' },
  ]);
  assert.deepEqual(taken, ['a.jpg', 'b.jpg', 'c.jpg', 'folder.jpg']);
  const links = { linkedFolders: 2, linkLoops: 1, linkRepeats: 1, linksOut: 1, linksToNothing: 2 };
  assert.deepEqual(leftOut, { ...NONE, ...links, endings: { '.md': 1 }, hiddenFiles: 1 });
  const lines = linksText(leftOut);
  assert.match(lines[0] ?? '', /^2 folders are links and were not entered: give --follow-links/);
  assert.match(lines[1] ?? '', /^1 image is a link that leads out .*--follow-links/);
  assert.equal(lines.length, 5);
  assert.match(leftOutDetail(leftOut) ?? '', /^\n {2}left out: 1 × \.md, 1 hidden file\n {2}2 folders/);
});

test('the 20 commonest endings are named, the others added up, in bounded memory', async () => {
  const counter = countLeftOut();
  for (let index = 0; index < 5000; index += 1)
    counter.notTaken({ key: `x.e${index}`, bytes: 1, version: '' });
  for (let index = 0; index < 7; index += 1) counter.notTaken({ key: `x${index}.E3`, bytes: 1, version: '' });
  counter.notTaken({ key: `a. and then some more words`, bytes: 1, version: '' });
  const { endings, otherEndings } = counter.counts();
  assert.equal(Object.keys(endings).length, 20);
  assert.equal(endings['.e3'], 8);
  assert.equal(otherEndings, 5008 - 8 - 19);
  assert.match(leftOutText(counter.counts()) ?? '', /^8 × \.e3, .*, \d,\d{3} with other endings$/);
});

test('a limit counts up to where it stopped, and says so', async () => {
  const keys = ['a.bmp', 'b.jpg', 'c.bmp'];
  assert.deepEqual((await listed(keys, { limit: 1 })).leftOut, {
    ...NONE,
    endings: { '.bmp': 1 },
    partial: true,
  });
  assert.deepEqual((await listed(keys, { limit: 9 })).leftOut, { ...NONE, endings: { '.bmp': 2 } });
  assert.equal(
    leftOutText((await listed(keys, { limit: 1 })).leftOut),
    '1 × .bmp (before --limit was reached)',
  );
});

test('a listing that takes everything, and a sample, leave out nothing and say nothing', async () => {
  const { leftOut } = await listed(['a.jpg', 'b/c.png'], { sample: 0.0001 });
  assert.deepEqual(leftOut, NONE);
  const forged = { ...NONE, endings: { '.b\n  next:  c': 1 } };
  assert.equal(leftOutDetail(forged), '\n  left out: 1 × .b\\n  next:  c');
  assert.deepEqual([leftOutText(NONE), linksText(NONE), leftOutDetail(NONE)], [undefined, [], undefined]);
});

test('every key is either taken or counted once', async () => {
  const segment = fc.constantFrom('a', 'b.bmp', '.h', 'c.JPG', 'd.', 'e.txt', '__proto__', 'x.__proto__');
  const key = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key, { maxLength: 40 }), async (keys) => {
      const { taken, leftOut } = await listed(keys);
      const { endings, otherEndings, noEnding, hiddenFiles, hiddenFolderFiles } = leftOut;
      const ended = Object.values(endings).reduce((sum, files) => sum + files, 0);
      assert.equal(
        taken.length + ended + otherEndings + noEnding + hiddenFiles + hiddenFolderFiles,
        keys.length,
      );
      const folders = new Set(keys.flatMap((one) => /^(?:[^.][^/]*\/)*\.[^/]*\//.exec(one)?.[0] ?? []));
      assert.equal(leftOut.hiddenFolders, folders.size);
    }),
  );
});
