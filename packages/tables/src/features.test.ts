import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { canonicalJson, FEATURES, sha256, VergerError } from '@verger/core';
import fc from 'fast-check';
import { type AsyncBuffer, parquetMetadata, parquetReadObjects } from 'hyparquet';
import {
  FINGERPRINT,
  featureRows,
  HARD_TEXTS,
  quarantinedImage,
  seededNumbers,
} from '../../../test/fixtures/rows.ts';
import { decodeFeatures, encodeFeatures } from './features.ts';
import { computeRowsDigest } from './rows-digest.ts';
import { seal } from './seal.ts';
import { writeTable } from './write-table.ts';

const meta = (rows: number, bad: number) => ({
  fingerprint: FINGERPRINT,
  numericClass: 'verger 0.1.0; x64; probe 12ab',
  listed: rows + bad,
  quarantined: HARD_TEXTS.slice(0, bad).map((text) => quarantinedImage(text)),
});

const isCorrupt = (error: unknown) =>
  error instanceof VergerError && error.code === 'E_PART_CORRUPT' && error.detail !== undefined;

const inMemory = (bytes: Uint8Array): AsyncBuffer => ({
  byteLength: bytes.length,
  slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
});

for (const [rows, bad] of [
  [0, 0],
  [0, 5],
  [1, 0],
  [14, HARD_TEXTS.length],
  [500, 1],
] as const) {
  test(`${rows} rows and ${bad} quarantined images come back as they were`, async () => {
    const given = featureRows(rows);
    const stored = await decodeFeatures(encodeFeatures(given, meta(rows, bad)));
    assert.deepEqual(stored.paths, given.paths);
    assert.deepEqual(stored.labels, given.labels);
    assert.deepEqual(stored.features, given.features);
    const rowsDigest = computeRowsDigest(given, meta(rows, bad).quarantined);
    assert.deepEqual(stored.metadata, { ...meta(rows, bad), rowsDigest });
  });
}

test('any texts come back as they were', async () => {
  const texts = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), {
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(texts, async (pairs) => {
      const paths = pairs.map(([path]) => path);
      const labels = pairs.map(([, label]) => label);
      const rows = { paths, labels, features: new Float32Array(pairs.length * FEATURES) };
      const stored = await decodeFeatures(encodeFeatures(rows, meta(pairs.length, 0)));
      assert.deepEqual([stored.paths, stored.labels], [paths, labels]);
    }),
    { numRuns: 50 },
  );
});

test('every bit of a float32 is kept: NaN payloads, -0, infinities, subnormals', async () => {
  const bits = Uint32Array.from({ length: FEATURES }, (_, index) => Math.imul(index + 1, 0x9e3779b1));
  bits.set([0x7fc01234, 0xff800001, 0x80000000, 0x7f800000, 0x00000001]);
  const rows = { paths: ['a'], labels: ['b'], features: new Float32Array(bits.buffer) };
  const { features } = await decodeFeatures(encodeFeatures(rows, meta(1, 0)));
  assert.deepEqual(new Uint32Array(features.buffer), bits);
});

test('a reader that knows nothing of verger reads the same rows', async () => {
  const given = featureRows(450);
  const bytes = encodeFeatures(given, meta(450, 2));
  const rows = await parquetReadObjects({ file: inMemory(bytes) });
  assert.equal(rows.length, 450);
  for (const [index, { path, features }] of rows.entries()) {
    assert.equal(path, given.paths[index]);
    const [start, end] = [index * FEATURES, (index + 1) * FEATURES];
    assert.deepEqual(Float32Array.from(features as number[]), given.features.slice(start, end));
  }
});

test('the file is PLAIN and uncompressed, without statistics, in pages of about a MiB', () => {
  const footer = parquetMetadata(encodeFeatures(featureRows(450), meta(450, 0)));
  const columns = footer.row_groups.flatMap((group) => group.columns.map((column) => column.meta_data));
  assert.equal(columns.length, 3);
  for (const column of columns) {
    assert.equal(column?.codec, 'UNCOMPRESSED');
    assert.deepEqual(column?.encodings, ['PLAIN', 'RLE']);
    assert.equal(column?.statistics, undefined);
    assert.equal(column?.dictionary_page_offset, undefined);
  }
});

test('the same rows give the same bytes, wherever they stand in memory', () => {
  const given = featureRows(20);
  const wide = new Float32Array(given.features.length + 3);
  wide.set(given.features, 3);
  const moved = { ...given, features: wide.subarray(3) };
  const bytes = encodeFeatures(given, meta(20, 1));
  assert.deepEqual(encodeFeatures(moved, meta(20, 1)), bytes);
});

test('the bytes are those of format 1: nothing of time, machine or place is in them', () => {
  // They change only on purpose: DESIGN 5.6 promises Parquet bytes for one release.
  const bytes = encodeFeatures(featureRows(300), meta(300, 2));
  assert.equal(sha256(bytes), '6ca8d7a1e5ef8bc8f30a6533a334ae06140bfcd0dcb426c595ff8090db6ec4f3');
});

test('a file is read from any offset of a larger buffer', async () => {
  const bytes = encodeFeatures(featureRows(3), meta(3, 0));
  const larger = new Uint8Array(bytes.length + 8).fill(0x55);
  larger.set(bytes, 3);
  const stored = await decodeFeatures(larger.subarray(3, 3 + bytes.length));
  assert.deepEqual(stored.features, featureRows(3).features);
});

test('each flipped bit of the head, the pages of texts and the footer is found', async () => {
  const bytes = encodeFeatures(featureRows(2), meta(2, 1));
  const firstFeatures = bytes.length - 2 * FEATURES * 4;
  for (let at = 0; at < bytes.length; at += at > 400 && at < firstFeatures ? 37 : 1) {
    const flipped = bytes.slice();
    flipped[at]! ^= 1 << (at % 8);
    await assert.rejects(decodeFeatures(flipped), isCorrupt, `byte ${at}`);
  }
});

test('flips of random bits at many seeds are found', async () => {
  const bytes = encodeFeatures(featureRows(40), meta(40, 1));
  for (let seed = 0; seed < 300; seed++) {
    const next = seededNumbers(seed);
    const flipped = bytes.slice();
    flipped[Math.floor(next() * bytes.length)]! ^= 1 << Math.floor(next() * 8);
    await assert.rejects(decodeFeatures(flipped), isCorrupt, `seed ${seed}`);
  }
});

test('a file that is cut, grown or garbage is corrupt', async () => {
  const bytes = encodeFeatures(featureRows(3), meta(3, 0));
  for (const length of [0, 1, 3, 4, 8, 11, 12, 100, bytes.length - 1]) {
    await assert.rejects(decodeFeatures(bytes.subarray(0, length)), isCorrupt, `${length} bytes`);
    await assert.rejects(decodeFeatures(bytes.subarray(bytes.length - length)), isCorrupt, `last ${length}`);
  }
  await assert.rejects(decodeFeatures(Buffer.concat([bytes, Buffer.from([0])])), isCorrupt);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (garbage) => {
      await assert.rejects(decodeFeatures(garbage), isCorrupt);
    }),
  );
});

/** The file with one text in it replaced by another of the same length, and sealed anew, as a wrong writer might do. */
function resealed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const file = Buffer.from(bytes);
  const at = file.indexOf(from);
  assert.ok(at >= 0 && from.length === to.length);
  file.write(to, at, 'latin1');
  seal(file);
  return file;
}

test('a file with a good seal and a wrong content is corrupt, and the error says why', async () => {
  const bytes = encodeFeatures(featureRows(2), meta(2, 1));
  const cases: [string, string, RegExp][] = [
    ['verger-features-1', 'verger-features-2', /format/],
    ['verger.listed', 'verger.lister', /lacks verger.listed/],
    ['"E_IMG_TRUNCATED"', '"E_IMG_TRUNCATEX"', /code/],
    ['"bytes":17', '"bytes":18', /digest/],
    ['0/plain/apple', '0/plain/appla', /digest/],
    ['untrained', 'imaginary', /weightsKind/],
    ['label', 'lobel', /columns/],
  ];
  for (const [from, to, detail] of cases) {
    await assert.rejects(decodeFeatures(resealed(bytes, from, to)), (error: unknown) => {
      assert.ok(isCorrupt(error));
      assert.match((error as VergerError).detail ?? '', detail);
      return true;
    });
  }
  const unchanged = resealed(bytes, 'untrained', 'untrained');
  assert.deepEqual(unchanged, Buffer.from(bytes));
});

test('a feature that a wrong writer changed is found by the rows digest', async () => {
  const rows = featureRows(2);
  const file = Buffer.from(encodeFeatures(rows, meta(2, 0)));
  const at = file.indexOf(Buffer.from(rows.features.buffer, 0, 64));
  assert.ok(at > 0);
  file[at + 5 * 4]! ^= 1;
  seal(file);
  await assert.rejects(decodeFeatures(file), /digest/);
});

test('a sealed file whose rows are of another width is corrupt', async () => {
  const pairs: [string, string][] = [
    ['verger.format', 'verger-features-1'],
    ['verger.fingerprint', canonicalJson(FINGERPRINT)],
    ['verger.numericClass', 'x'],
    ['verger.listed', '2'],
    ['verger.quarantined', '[]'],
    ['verger.rowsDigest', '0'.repeat(64)],
  ];
  for (const width of [1279, 640, 2560]) {
    const rows = { paths: ['a', 'b'], labels: ['', ''], values: new Float32Array(2 * width), width };
    const bytes = writeTable(rows, { name: 'features', type: 'FLOAT' }, pairs);
    await assert.rejects(decodeFeatures(bytes), /1280 numbers|whole rows/);
  }
});

test('rows that do not fit, counts that do not add up and texts that are not Unicode are refused', () => {
  const rows = featureRows(3);
  const isInternal = (error: unknown) => error instanceof VergerError && error.code === 'E_INTERNAL';
  assert.throws(() => encodeFeatures({ ...rows, labels: ['one'] }, meta(3, 0)), isInternal);
  assert.throws(
    () => encodeFeatures({ ...rows, features: rows.features.subarray(1) }, meta(3, 0)),
    isInternal,
  );
  assert.throws(() => encodeFeatures(rows, meta(2, 0)), isInternal);
  assert.throws(() => encodeFeatures({ ...rows, paths: ['a', '\ud83c', 'c'] }, meta(3, 0)), isInternal);
});

test('the rows digest is sha256 of the documented encoding', () => {
  const rows = { paths: ['a/é', 'b'], labels: ['a', ''], features: Float32Array.of(1, -0, 0.1, Number.NaN) };
  const quarantined = [quarantinedImage('q')];
  const counted = (bytes: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const floats = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const parts = [
    Buffer.from('rows 2'),
    Buffer.from('a/é'),
    Buffer.from('a'),
    floats('0000803f 00000080'),
    Buffer.from('b'),
    Buffer.from(''),
    floats('cdcccc3d 0000c07f'),
    Buffer.from('quarantined 1'),
    Buffer.from(canonicalJson(quarantined[0])),
  ];
  const expected = createHash('sha256')
    .update(Buffer.concat(parts.map(counted)))
    .digest('hex');
  assert.equal(computeRowsDigest(rows, quarantined), expected);
});

test('moving a letter between path, label and row changes the rows digest', () => {
  const features = new Float32Array(2);
  const digests = [
    computeRowsDigest({ paths: ['ab', 'c'], labels: ['d', 'e'], features }, []),
    computeRowsDigest({ paths: ['a', 'c'], labels: ['bd', 'e'], features }, []),
    computeRowsDigest({ paths: ['ab', 'dc'], labels: ['', 'e'], features }, []),
    computeRowsDigest({ paths: ['c', 'ab'], labels: ['e', 'd'], features }, []),
    computeRowsDigest({ paths: ['ab', 'c'], labels: ['d', 'e'], features: Float32Array.of(0, -0) }, []),
    computeRowsDigest({ paths: ['ab', 'c'], labels: ['d', 'e'], features }, [quarantinedImage('f')]),
  ];
  assert.equal(new Set(digests).size, digests.length);
});
