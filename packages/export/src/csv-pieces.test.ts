import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageRef, ReadResult, Storage } from '@verger/core';
import { csvHeader } from '@verger/tables';
import { parseCsv } from '@verger/testkit/csv';
import { type CsvOptions, type CsvPart, csvPieces } from './csv-pieces.ts';

const MIB = 1024 * 1024;

/** Images whose bytes are their path, as often as one is asked for. */
function imagesOf(answer?: (path: string) => ReadResult | undefined) {
  const asked: string[] = [];
  const read = async (path: string): Promise<ReadResult> => {
    asked.push(path);
    const bytes = Buffer.from(path);
    return answer?.(path) ?? { status: 'read', bytes, totalBytes: bytes.length, version: 'v' };
  };
  return { asked, storage: { describe: () => '/images', read } as unknown as Storage };
}

const ref = (path: string): ImageRef => ({ path, label: 'x', bytes: path.length, version: 'v' });

function wishOf(change: Partial<CsvOptions> = {}): CsvOptions {
  const columns = { withImages: false };
  return { columns, raw: false, images: imagesOf().storage, signal: new AbortController().signal, ...change };
}

/** Rows with these paths and one number each. */
const part = (paths: readonly string[], first = 0): CsvPart => ({
  paths,
  labels: paths.map(() => 'x'),
  pcaFeatures: { values: Float64Array.from(paths, (_, row) => first + row), width: 1 },
});

async function pieces(parts: readonly CsvPart[], wish: CsvOptions): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  const stream = (async function* () {
    yield* parts;
  })();
  for await (const piece of csvPieces(stream, wish)) all.push(piece);
  return all;
}

const textOf = async (parts: readonly CsvPart[], wish = wishOf()) =>
  Buffer.concat(await pieces(parts, wish)).toString();

test('without a row it is its header, after the byte order mark where one is wanted', async () => {
  assert.equal(await textOf([]), csvHeader({ withImages: false }));
  assert.equal(await textOf([part([])]), csvHeader({ withImages: false }));
  assert.equal(await textOf([], wishOf({ bom: true })), `\uFEFF${csvHeader({ withImages: false })}`);
});

test('the rows of all parts stand in order, each with its own numbers', async () => {
  const text = await textOf([part(['a', 'b']), part([]), part(['c'], 7)]);
  assert.deepEqual(parseCsv(text).slice(1), [
    ['a', 'x', '[0]'],
    ['b', 'x', '[1]'],
    ['c', 'x', '[7]'],
  ]);
});

test('features and projection of a row are its part of each list', async () => {
  const features = { values: Float32Array.of(1, 2, 3, 4), width: 2 };
  const both = { ...part(['a', 'b']), features };
  const columns = { features: true, withImages: false };
  assert.deepEqual(parseCsv(await textOf([both], wishOf({ columns }))), [
    ['path', 'label', 'features', 'pca_features'],
    ['a', 'x', '[1,2]', '[0]'],
    ['b', 'x', '[3,4]', '[1]'],
  ]);
});

test('a cell that a spreadsheet would run stays as it is only where that is wanted', async () => {
  const [, plain] = parseCsv(await textOf([part(['=1+1'])]));
  const [, raw] = parseCsv(await textOf([part(['=1+1'])], wishOf({ raw: true })));
  assert.deepEqual([plain?.[0], raw?.[0]], ["'=1+1", '=1+1']);
});

test('pieces are of a MiB and one record at most, and together the whole', async () => {
  const long = (name: string) => `${name}${'x'.repeat(300_000)}`;
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map(long);
  const all = await pieces([part(names.slice(0, 5)), part(names.slice(5))], wishOf());
  assert.deepEqual(
    all.map(({ byteLength }) => Math.floor(byteLength / 300_000)),
    [4, 4, 1],
  );
  assert.ok(all.slice(0, -1).every(({ byteLength }) => byteLength >= MIB));
  const paths = parseCsv(Buffer.concat(all).toString()).map(([path]) => path);
  assert.deepEqual(paths, ['path', ...names]);
  const one = await pieces([part(['x'.repeat(2 * MIB)])], wishOf());
  assert.equal(one.length, 1, 'no empty piece at its end');
});

const WITH_IMAGES = { columns: { withImages: true } };

test('images are read again, each once, and stand in the row of their path', async () => {
  const paths = Array.from({ length: 40 }, (_, index) => `${index}.jpg`);
  const { asked, storage } = imagesOf();
  const images = paths.map(ref);
  const rows = parseCsv(
    await textOf([{ ...part(paths), images }], wishOf({ ...WITH_IMAGES, images: storage })),
  );
  assert.deepEqual(
    rows.slice(1).map(([path, , , image]) => [path, Buffer.from(image ?? '', 'base64').toString()]),
    paths.map((path) => [path, path]),
  );
  assert.deepEqual([...asked].sort(), [...paths].sort());
});

test('sixteen images are under way at once, or fewer of which are 64 MiB', async () => {
  for (const [bytes, most] of [
    [1, 16],
    [40 * MIB, 1],
  ] as const) {
    const paths = Array.from({ length: 20 }, (_, index) => `${index}`);
    const images = paths.map((path) => ({ ...ref(path), bytes }));
    let underWay = 0;
    let seen = 0;
    const read = async (path: string): Promise<ReadResult> => {
      underWay += 1;
      seen = Math.max(seen, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return { status: 'read', bytes: Buffer.from(path), totalBytes: bytes, version: 'v' };
    };
    const storage = { ...imagesOf().storage, read };
    const rows = parseCsv(
      await textOf([{ ...part(paths), images }], wishOf({ ...WITH_IMAGES, images: storage })),
    );
    assert.equal(rows.length, 21);
    assert.equal(seen, most);
  }
});

test('an image that is not the listed one any more is E_CSV_IMAGE, with its path', async () => {
  const other = { status: 'read', bytes: Buffer.from('b'), totalBytes: 1, version: 'w' } as const;
  for (const answer of [other, { status: 'missing' } as const]) {
    const { storage } = imagesOf((path) => (path === 'b' ? answer : undefined));
    const wish = wishOf({ ...WITH_IMAGES, images: storage });
    const parts = [{ ...part(['a', 'b']), images: [ref('a'), ref('b')] }];
    await assert.rejects(pieces(parts, wish), { code: 'E_CSV_IMAGE', place: { path: 'b' } });
  }
});

test('an abort ends it between two records, with images and without', async () => {
  for (const images of [undefined, [ref('a')]]) {
    const wish = wishOf({
      columns: { withImages: images !== undefined },
      signal: AbortSignal.abort(new Error('enough')),
    });
    await assert.rejects(pieces([{ ...part(['a']), ...(images && { images }) }], wish), /enough/);
  }
});
