import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type LabelSums, type Sums, sha256, VergerError } from '@verger/core';
import fc from 'fast-check';
import { decodeSums, encodeSums } from './sums-file.ts';

const isCorrupt = (error: unknown) =>
  error instanceof VergerError && error.code === 'E_SUMS_CORRUPT' && error.detail !== undefined;

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const values = (length: number) =>
  fc.array(int64, { minLength: length, maxLength: length }).map((list) => BigInt64Array.from(list));

const plain = { noNullPrototype: true } as const;

const anySums: fc.Arbitrary<Sums> = fc.integer({ min: 1, max: 6 }).chain((width) => {
  const label = fc.tuple(
    fc.string({ unit: 'binary' }),
    fc.record({ count: fc.integer({ min: 0, max: 5 }), sum: values(width) }, plain),
  );
  return fc.record(
    {
      width: fc.constant(width),
      count: fc.integer({ min: 5, max: Number.MAX_SAFE_INTEGER }),
      max: fc.integer({ min: 0, max: 524_288 }),
      sum: values(width),
      products: values((width * (width + 1)) / 2),
      labels: fc.array(label, { maxLength: 6 }).map((entries) => new Map<string, LabelSums>(entries)),
      labelsTruncated: fc.boolean(),
    },
    plain,
  );
});

const small = (): Sums => ({
  width: 3,
  count: 7,
  max: 65_536,
  sum: BigInt64Array.of(1n, 2n, 3n),
  products: BigInt64Array.of(1n, 2n, 3n, 4n, 5n, -6n),
  labels: new Map([
    ['pear', { count: 3, sum: BigInt64Array.of(9n, 8n, 7n) }],
    ['apple', { count: 4, sum: BigInt64Array.of(6n, 5n, 4n) }],
  ]),
  labelsTruncated: false,
});

test('any sums come back as they were', () => {
  fc.assert(
    fc.property(anySums, fc.integer({ min: 0, max: 9 }), (sums, offset) => {
      const bytes = encodeSums(sums);
      const larger = new Uint8Array(bytes.length + 16).fill(0x55);
      larger.set(bytes, offset);
      assert.deepEqual(decodeSums(larger.subarray(offset, offset + bytes.length)), sums);
    }),
  );
});

test('the bytes do not depend on the order in which labels came', () => {
  fc.assert(
    fc.property(anySums, (sums) => {
      const reversed = { ...sums, labels: new Map([...sums.labels].reverse()) };
      assert.deepEqual(encodeSums(reversed), encodeSums(sums));
    }),
  );
});

test('the bytes are those of version 1', () => {
  assert.equal(
    sha256(encodeSums(small())),
    '5767e9c02c0e8bd40ea89e0252d2caa958485bbc374d000f67dec34aee1127d8',
  );
});

test('labels stand in the byte order of their UTF-8, not of UTF-16', () => {
  const one = { count: 1, sum: BigInt64Array.of(0n, 0n, 0n) };
  const labels = new Map(['\u{1F34E}', '\uFF21', 'b', 'B', ''].map((label) => [label, one]));
  const stored = decodeSums(encodeSums({ ...small(), labels }));
  assert.deepEqual([...stored.labels.keys()], ['', 'B', 'b', '\uFF21', '\u{1F34E}']);
});

test('what is read is a copy: the file may be changed after', () => {
  const bytes = encodeSums(small());
  const sums = decodeSums(bytes);
  bytes.fill(0);
  assert.deepEqual([...sums.products], [1n, 2n, 3n, 4n, 5n, -6n]);
});

test('each flipped bit of a file is found', () => {
  const bytes = encodeSums(small());
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Uint8Array.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => decodeSums(flipped), isCorrupt, `bit ${bit}`);
  }
});

test('a file that is cut, grown or garbage is corrupt', () => {
  const bytes = encodeSums(small());
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeSums(bytes.subarray(0, length)), isCorrupt, `${length} bytes`);
  }
  assert.throws(() => decodeSums(Buffer.concat([bytes, Buffer.alloc(8)])), isCorrupt);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) =>
      assert.throws(() => decodeSums(garbage), isCorrupt),
    ),
  );
});

test('sums whose arrays do not have their width are refused', () => {
  for (const wrong of [
    { ...small(), width: 2 },
    { ...small(), products: new BigInt64Array(5) },
    { ...small(), labels: new Map([['a', { count: 1, sum: new BigInt64Array(2) }]]) },
  ]) {
    assert.throws(() => encodeSums(wrong), { code: 'E_INTERNAL' });
  }
});

test('sums with counts that cannot be are not read', () => {
  const wrong: Partial<Sums>[] = [{ count: -1 }, { count: 3 }, { max: 524_289 }, { max: 0.5 }];
  for (const change of wrong) {
    assert.throws(() => decodeSums(encodeSums({ ...small(), ...change })), isCorrupt, JSON.stringify(change));
  }
});

test('a header that is no object is corrupt, also under a hash that fits', () => {
  for (const header of ['null    ', '1       ', '"x"     ', '[]      ']) {
    const body = Buffer.concat([Buffer.from([8, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(header)]);
    const hash = createHash('sha256').update(body).digest();
    assert.throws(() => decodeSums(Buffer.concat([Buffer.from('VERGSUM1'), hash, body])), isCorrupt, header);
  }
});
