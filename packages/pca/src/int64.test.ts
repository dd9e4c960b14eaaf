import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addInt64, addIntegers, littleEndianBytes, readInt64 } from './int64.ts';

const int64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });

test('adding by halves is adding, carries and negative numbers included', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(int64, int64), { maxLength: 9 }), (pairs) => {
      const into = BigInt64Array.from(pairs, ([a]) => a);
      addInt64(
        into,
        BigInt64Array.from(pairs, ([, b]) => b),
      );
      assert.deepEqual(
        [...into],
        pairs.map(([a, b]) => BigInt.asIntN(64, a + b)),
      );
    }),
  );
});

test('doubles up to 2^53 are added exactly, into the view alone', () => {
  const integer = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  const edge = fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1);
  fc.assert(
    fc.property(int64, fc.oneof(integer, edge), (start, value) => {
      const into = BigInt64Array.of(7n, start, 7n);
      addIntegers(into.subarray(1, 2), Float64Array.of(value));
      assert.deepEqual([...into], [7n, BigInt.asIntN(64, start + BigInt(value)), 7n]);
    }),
  );
});

test('a low half that becomes exactly 2^32 is carried', () => {
  const into = BigInt64Array.of(0xffffffffn, 0xffffffffn);
  addIntegers(into, Float64Array.of(1));
  addInt64(into.subarray(1), BigInt64Array.of(1n));
  assert.deepEqual([...into], [0x100000000n, 0x100000000n]);
});

test('a view into a larger buffer is added in place', () => {
  const whole = new BigInt64Array(4);
  addInt64(whole.subarray(1, 3), BigInt64Array.of(1n, 0xffffffffn));
  addInt64(whole.subarray(1, 3), BigInt64Array.of(2n, 1n));
  assert.deepEqual([...whole], [0n, 3n, 0x100000000n, 0n]);
});

test('a value is read as the nearest double, also from a view', () => {
  fc.assert(
    fc.property(fc.oneof(int64, fc.bigInt({ min: -(1n << 53n), max: 1n << 53n })), (value) => {
      const read = readInt64(BigInt64Array.of(7n, value, 7n).subarray(1, 2));
      assert.equal(read(0), Number(value));
    }),
  );
});

test('the bytes are little-endian', () => {
  assert.deepEqual(
    [...littleEndianBytes(BigInt64Array.of(0x0102n, -1n))],
    [2, 1, 0, 0, 0, 0, 0, 0, ...Array(8).fill(255)],
  );
});
