import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ImageRef, sha256 } from '@verger/core';
import fc from 'fast-check';
import { parseListingPart } from './listing-line.ts';
import { type CutOptions, cutListing, MAX_PARTITION_BYTES, partitionSizes } from './partitions.ts';
import { spoolListing } from './spool.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verger-listing-'));
});
after(async () => await rm(folder, { recursive: true, force: true }));

const byDefault: CutOptions = { partitions: null, partitionSize: null };
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const images = (count: number, bytes = 1) => Array.from({ length: count }, () => bytes);

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const imageRef: fc.Arbitrary<ImageRef> = fc
  .record({
    path: fc.string({ unit: 'binary', minLength: 1 }),
    label: fc.string({ unit: 'binary' }),
    bytes: fc.oneof(fc.nat(), fc.constantFrom(0, MAX_PARTITION_BYTES / 2, MAX_PARTITION_BYTES + 1)),
    version: fc.string(),
    refused: fc.constantFrom(undefined, 'E_IMG_NAME' as const),
  })
  .map(({ refused, ...rest }) => (refused === undefined ? rest : { ...rest, refused }));

const cutOptions: fc.Arbitrary<CutOptions> = fc.oneof(
  fc.constant(byDefault),
  fc.integer({ min: 1, max: 40 }).map((partitions) => ({ partitions, partitionSize: null })),
  fc.integer({ min: 1, max: 40 }).map((partitionSize) => ({ partitions: null, partitionSize })),
);

test('partitions cover the listing exactly once, in order, and say so themselves', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(imageRef, { maxLength: 150 }), cutOptions, async (refs, options) => {
      const spool = await spoolListing(each(refs), folder);
      const parts = [];
      for await (const part of cutListing(spool, options)) parts.push(part);
      const back = parts.map((part) => parseListingPart(part.lines));
      assert.deepEqual(back.flat(), refs);
      assert.deepEqual(
        parts.map(({ images }) => images),
        partitionSizes(
          refs.map(({ bytes }) => bytes),
          options,
        ),
      );
      for (const [index, part] of parts.entries()) {
        assert.equal(part.index, index);
        assert.equal(part.sha256, sha256(part.lines));
        assert.equal(part.images, back[index]?.length);
        assert.equal(part.bytes, sum(back[index]?.map(({ bytes }) => bytes) ?? []));
      }
      assert.equal(spool.sha256, sha256(Buffer.concat(parts.map(({ lines }) => lines))));
      assert.equal(spool.images, refs.length);
      assert.equal(spool.bytes, sum(refs.map(({ bytes }) => bytes)));
      assert.equal(spool.refused, refs.filter(({ refused }) => refused !== undefined).length);
      assert.equal(spool.labels, new Set(refs.map(({ label }) => label)).size);
      await spool.dispose();
    }),
    { numRuns: 60 },
  );
});

test('a number of partitions is exact, and sizes differ by at most one', () => {
  const number = fc.integer({ min: 1, max: 300 });
  const listed = fc.array(fc.constantFrom(0, 1, MAX_PARTITION_BYTES), { maxLength: 200 });
  fc.assert(
    fc.property(listed, number, (bytes, partitions) => {
      const sizes = partitionSizes(bytes, { partitions, partitionSize: null });
      assert.equal(sizes.length, Math.min(partitions, bytes.length));
      assert.equal(sum(sizes), bytes.length);
      assert.ok(bytes.length === 0 || Math.max(...sizes) - Math.min(...sizes) <= 1);
    }),
  );
});

test('no partition has more images than the size or, but for a single image, more than 256 MiB', () => {
  const bytes = fc.array(fc.nat({ max: 300 * 1024 * 1024 }), { maxLength: 100 });
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 30 }), (listed, partitionSize) => {
      let at = 0;
      for (const size of partitionSizes(listed, { partitions: null, partitionSize })) {
        const held = sum(listed.slice(at, at + size));
        assert.ok(size <= partitionSize && (size === 1 || held <= MAX_PARTITION_BYTES));
        at += size;
        const full = size === partitionSize || held + (listed[at] ?? Infinity) > MAX_PARTITION_BYTES;
        assert.ok(full, 'none ends before it must');
      }
      assert.equal(at, listed.length);
    }),
  );
});

test('the default size is a 32nd of the listing, at least 64 and at most 1,000', () => {
  const largest = (count: number) => Math.max(...partitionSizes(images(count), byDefault));
  assert.deepEqual(partitionSizes([], byDefault), []);
  assert.deepEqual(partitionSizes(images(63), byDefault), [63]);
  assert.deepEqual(partitionSizes(images(65), byDefault), [64, 1]);
  assert.equal(largest(64 * 32 + 1), 65);
  assert.equal(partitionSizes(images(4962), byDefault).length, 32);
  assert.equal(largest(1_000_000), 1000);
});

test('256 MiB are held, one byte more is not', () => {
  const half = MAX_PARTITION_BYTES / 2;
  assert.deepEqual(partitionSizes([half, half, half], byDefault), [2, 1]);
  assert.deepEqual(partitionSizes([half, half + 1, half], byDefault), [1, 1, 1]);
});

test('both options at once are a usage error', () => {
  assert.throws(() => partitionSizes([1], { partitions: 1, partitionSize: 1 }), { code: 'E_USAGE' });
});

test('a spool leaves no file, is read as often as wanted, and over the edges of its blocks', async () => {
  const refs = Array.from({ length: 10_000 }, (_, index) => ({
    path: `${index}/${'\u00e9\u{1f34e}'.repeat(index % 100)}\n.jpg`,
    label: '',
    bytes: index,
    version: 'mtime:1',
  }));
  const spool = await spoolListing(each(refs), folder);
  assert.deepEqual(await readdir(folder), []);
  for (let time = 0; time < 2; time += 1) {
    const back = [];
    for await (const ref of spool.read()) back.push(ref);
    assert.deepEqual(back, refs);
    const cut = [];
    for await (const { lines } of cutListing(spool, { partitions: null, partitionSize: 999 }))
      cut.push(parseListingPart(lines));
    assert.deepEqual(cut.flat(), refs);
    assert.deepEqual(
      cut.map(({ length }) => length),
      [...Array(10).fill(999), 10],
    );
  }
  await spool.dispose();
});

test('a listing that fails is no spool, and its error comes through', async () => {
  const broken = new Error('the disk went');
  async function* refs(): AsyncGenerator<ImageRef> {
    yield { path: 'a', label: '', bytes: 1, version: '' };
    throw broken;
  }
  await assert.rejects(spoolListing(refs(), folder), broken);
  assert.deepEqual(await readdir(folder), []);
});

test('a spool where no folder can be is E_TEMPORARY_FOLDER', async () => {
  for (const folder of ['/dev/null/x', '/proc', '/proc/x/y']) {
    await assert.rejects(spoolListing(each([]), folder), {
      code: 'E_TEMPORARY_FOLDER',
      place: { location: folder },
    });
  }
});
