import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_GLOB, type ExtractionOptions, type Storage, type StoredEntry } from '@verger/core';
import fc from 'fast-check';
import { isSampled, listImages } from './images.ts';

const defaults: ExtractionOptions = {
  glob: [...DEFAULT_GLOB],
  label: 'parent',
  limit: null,
  sample: null,
  seed: 0,
  partitions: null,
  partitionSize: null,
};

/** A storage that only lists; `given` counts the entries that were taken from it. */
function listing(entries: readonly StoredEntry[]): { storage: Storage; given: () => number } {
  let given = 0;
  const unused = () => Promise.reject(new Error('a listing only lists'));
  const storage: Storage = {
    describe: () => 'fake',
    async *list() {
      for (const entry of entries) {
        given += 1;
        yield entry;
      }
    },
    read: unused,
    create: unused,
    replace: unused,
    remove: unused,
  };
  return { storage, given: () => given };
}

const entry = (key: string, bytes = 1): StoredEntry => ({ key, bytes, version: 'mtime:1' });
const many = Array.from({ length: 10_000 }, (_, index) => entry(`${index}.jpg`));

async function pathsOf(entries: readonly StoredEntry[], options: Partial<ExtractionOptions>) {
  const paths: string[] = [];
  for await (const { path } of listImages(listing(entries).storage, { ...defaults, ...options }, () => '')) {
    paths.push(path);
  }
  return paths;
}

test('an image is its entry with a label; refused and empty ones stay, others go', async () => {
  const entries: StoredEntry[] = [
    { ...entry('a/fifo.jpg'), refused: 'E_IMG_NOT_A_FILE' },
    { ...entry('a/fifo'), refused: 'E_IMG_NOT_A_FILE' },
    entry('b/empty.PNG', 0),
    entry('b/readme.txt'),
  ];
  const images = [];
  const labeler = (path: string) => `label of ${path}`;
  for await (const image of listImages(listing(entries).storage, defaults, labeler)) images.push(image);
  assert.deepEqual(images, [
    {
      path: 'a/fifo.jpg',
      label: 'label of a/fifo.jpg',
      bytes: 1,
      version: 'mtime:1',
      refused: 'E_IMG_NOT_A_FILE',
    },
    { path: 'b/empty.PNG', label: 'label of b/empty.PNG', bytes: 0, version: 'mtime:1' },
  ]);
});

test('limit gives the first ones and lists no further', async () => {
  const { storage, given } = listing(many);
  let count = 0;
  for await (const _ of listImages(storage, { ...defaults, limit: 7 }, () => '')) count += 1;
  assert.equal(count, 7);
  assert.equal(given(), 7);
  assert.deepEqual(await pathsOf(many.slice(0, 3), { limit: 7 }), ['0.jpg', '1.jpg', '2.jpg']);
});

test('a sample is about its fraction, in order, and depends only on its seed', async () => {
  const first = await pathsOf(many, { sample: 0.3, seed: 7 });
  assert.ok(Math.abs(first.length - 3000) < 230, `five standard deviations around 3000: ${first.length}`);
  assert.deepEqual(await pathsOf(many, { sample: 0.3, seed: 7 }), first);
  assert.notDeepEqual(await pathsOf(many, { sample: 0.3, seed: 8 }), first);
  const chosen = new Set(first);
  assert.deepEqual(
    first,
    many.map(({ key }) => key).filter((key) => chosen.has(key)),
  );
  assert.equal((await pathsOf(many, { sample: 1 })).length, many.length);
});

test('limit counts images of the sample', async () => {
  const sample = await pathsOf(many, { sample: 0.1, seed: 3 });
  assert.deepEqual(await pathsOf(many, { sample: 0.1, seed: 3, limit: 20 }), sample.slice(0, 20));
});

test('whether a path is sampled hangs on no other file, and grows with the fraction', () => {
  const fraction = fc.double({ min: 0.001, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.string(), fraction, fraction, fc.nat(), (path, a, b, seed) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)];
      return !isSampled(path, less, seed) || isSampled(path, more, seed);
    }),
  );
});

test('a seed chooses as sha256 of seed, newline and path says, as another program computed it', () => {
  const chosen = Array.from({ length: 20 }, (_, index) => index).filter((index) =>
    isSampled(`${index}`, 0.5, 1),
  );
  assert.deepEqual(chosen, [0, 4, 5, 6, 7, 8, 10, 12, 13, 14, 15, 16]);
});

test('the entry of every listed image, and of nothing else, comes before its reference', async () => {
  const archived = { ...entry('b.jpg'), archived: true as const };
  const { storage } = listing([entry('a.jpg'), archived, { ...entry('c.txt'), archived: true }]);
  const seen: string[] = [];
  const taken = ({ key, archived: is }: StoredEntry) => void seen.push(`${key} ${is === true}`);
  for await (const { path } of listImages(storage, defaults, () => '', { taken })) seen.push(path);
  assert.deepEqual(seen, ['a.jpg false', 'a.jpg', 'b.jpg true', 'b.jpg']);
});

test('the storage lists with the signal that is given', async () => {
  const { storage } = listing([]);
  const { signal } = new AbortController();
  const given: unknown[] = [];
  const list: Storage['list'] = async function* (options) {
    given.push(options?.signal);
    yield* [];
  };
  for await (const _ of listImages({ ...storage, list }, defaults, () => '', { signal })) assert.fail();
  assert.deepEqual(given, [signal]);
});
