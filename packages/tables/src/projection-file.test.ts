import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededNumbers, sha256, VergerError } from '@verger/core';
import { FINGERPRINT, featureRows, projectionRows } from '@verger/testkit/rows';
import { type AsyncBuffer, parquetReadObjects } from 'hyparquet';
import { encodeFeatures } from './features.ts';
import {
  decodeProjection,
  encodeProjection,
  PROJECTION_TAIL_BYTES,
  projectionModelOf,
} from './projection-file.ts';

const modelSha256 = 'c0ffee00'.repeat(8);

const isCorrupt = (error: unknown) => error instanceof VergerError && error.code === 'E_PART_CORRUPT';

for (const [rows, k] of [
  [0, 3],
  [1, 1],
  [9, 2],
  [700, 300],
] as const) {
  test(`${rows} rows of ${k} numbers come back as they were`, async () => {
    const given = projectionRows(rows, k);
    const stored = await decodeProjection(encodeProjection(given, { modelSha256 }));
    assert.deepEqual(stored, { ...given, modelSha256 });
  });
}

test('every bit of a double is kept', async () => {
  const projection = Float64Array.of(-0, Number.MIN_VALUE, Number.MAX_VALUE, 0.1, Number.NaN, -1 / 3);
  const rows = { paths: ['a', 'b'], labels: ['', ''], projection, k: 3 };
  const stored = await decodeProjection(encodeProjection(rows, { modelSha256 }));
  assert.deepEqual(new BigInt64Array(stored.projection.buffer), new BigInt64Array(projection.buffer));
});

test('a reader that knows nothing of verger reads the same rows', async () => {
  const given = projectionRows(50, 7);
  const bytes = encodeProjection(given, { modelSha256 });
  const file: AsyncBuffer = {
    byteLength: bytes.length,
    slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
  };
  const rows = await parquetReadObjects({ file });
  assert.deepEqual(
    rows.flatMap(({ pca_features }) => pca_features as number[]),
    [...given.projection],
  );
});

test('the same rows give the same bytes', () => {
  const [first, second] = [projectionRows(9, 4), projectionRows(9, 4)];
  assert.deepEqual(encodeProjection(first, { modelSha256 }), encodeProjection(second, { modelSha256 }));
});

test('the bytes are those of format 1: nothing of time, machine or place is in them', () => {
  const bytes = encodeProjection(projectionRows(300, 7), { modelSha256 });
  assert.equal(sha256(bytes), '7e7169cd5fa5c1efc24719b44892f1df0b6e1021e350a9a1d9bef76c604bb414');
});

test('a flipped bit, a cut and a features file are corrupt', async () => {
  const bytes = encodeProjection(projectionRows(9, 4), { modelSha256 });
  for (let seed = 0; seed < 300; seed++) {
    const next = seededNumbers(seed);
    const flipped = bytes.slice();
    flipped[Math.floor(next() * bytes.length)]! ^= 1 << Math.floor(next() * 8);
    await assert.rejects(decodeProjection(flipped), isCorrupt, `seed ${seed}`);
  }
  await assert.rejects(decodeProjection(bytes.subarray(0, -1)), isCorrupt);
  const meta = { fingerprint: FINGERPRINT, numericClass: '', listed: 1, quarantined: [] };
  await assert.rejects(decodeProjection(encodeFeatures(featureRows(1), meta)), isCorrupt);
});

test('the tail alone names the model, for any number of rows', async () => {
  for (const [rows, k] of [
    [0, 2],
    [1, 1],
    [5000, 3],
  ] as const) {
    const bytes = encodeProjection(projectionRows(rows, k), { modelSha256 });
    const tail = bytes.subarray(-PROJECTION_TAIL_BYTES);
    assert.equal(await projectionModelOf(tail, bytes.length), modelSha256);
  }
});

test('a tail that is too short says how much it needs, and with that much it is answered', async () => {
  const bytes = encodeProjection(projectionRows(500, 3), { modelSha256 });
  const answer = await projectionModelOf(bytes.subarray(-100), bytes.length);
  assert.ok(typeof answer === 'object');
  assert.ok(answer.need > 100 && answer.need < PROJECTION_TAIL_BYTES);
  assert.equal(await projectionModelOf(bytes.subarray(-answer.need), bytes.length), modelSha256);
});

test('what is no projection of ours has no model', async () => {
  const bytes = encodeProjection(projectionRows(50, 3), { modelSha256 });
  const meta = { fingerprint: FINGERPRINT, numericClass: '', listed: 1, quarantined: [] };
  const features = encodeFeatures(featureRows(1), meta);
  const cases: [string, Uint8Array, number][] = [
    ['nothing', new Uint8Array(0), 0],
    ['a few bytes', bytes.subarray(-7), bytes.length],
    ['the beginning', bytes.subarray(0, 4000), bytes.length],
    ['features', features, features.length],
    ['a file of another size', bytes.subarray(-PROJECTION_TAIL_BYTES), bytes.length + 1],
    ['garbage before PAR1', Buffer.from('....\x01\x00\x00\x00PAR1', 'latin1'), 12],
    ['a footer longer than the file', Buffer.from('\xff\xff\xff\x7fPAR1', 'latin1'), 5000],
  ];
  for (const [name, tail, totalBytes] of cases) {
    assert.equal(await projectionModelOf(tail, totalBytes), undefined, name);
  }
});
