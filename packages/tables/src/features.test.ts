import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { canonicalJson, FEATURES, sha256, VergerError } from '@verger/core';
import { FINGERPRINT, featureRows, HARD_TEXTS, quarantinedImage } from '@verger/testkit/rows';
import fc from 'fast-check';
import { type AsyncBuffer, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { decodeFeatures, encodeFeatures } from './features.ts';
import { computeRowsDigest } from './rows-digest.ts';

const meta = (rows: number, bad: number) => ({
  fingerprint: FINGERPRINT,
  numericClass: 'verger 0.1.0; x64; probe 12ab',
  listed: rows + bad,
  quarantined: HARD_TEXTS.slice(0, bad).map((text) => quarantinedImage(text)),
});

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

test('a store code comes back, changes the digest, and is no other text', async () => {
  const rows = featureRows(1);
  const record = { ...quarantinedImage('x.jpg'), code: 'E_IMG_READ' as const, environmental: true };
  const coded = (storeCode: string) => ({
    ...meta(1, 0),
    listed: 2,
    quarantined: [{ ...record, storeCode }],
  });
  const stored = await decodeFeatures(encodeFeatures(rows, coded('SlowDown')));
  assert.equal(stored.metadata.quarantined[0]?.storeCode, 'SlowDown');
  assert.notEqual(stored.metadata.rowsDigest, computeRowsDigest(rows, [record]));
  for (const odd of ['', 'KMS.Disabled', 'x'.repeat(65), 'A B', 'Fehlér']) {
    await assert.rejects(decodeFeatures(encodeFeatures(rows, coded(odd))), { code: 'E_PART_CORRUPT' });
  }
});

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
  // They change only on purpose: Parquet bytes are promised for one release.
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
