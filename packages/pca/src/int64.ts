/**
 * Addition into int64 arrays without BigInt: a BigInt64Array seen as pairs of 32-bit halves is about thirty
 * times faster than its own elements. Two's complement, modulo 2^64; whether the result fits is checked by
 * the caller.
 */

const HALF = 4294967296;

/** Index of the low half inside a pair: 0 on little-endian machines. */
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;

const halves = (values: BigInt64Array) =>
  new Uint32Array(values.buffer, values.byteOffset, values.length * 2);

/** into[i] += from[i], for arrays of equal length. About 2 ms a million values. */
export function addInt64(into: BigInt64Array, from: BigInt64Array): void {
  const to = halves(into);
  const added = halves(from);
  for (let at = 0; at < to.length; at += 2) {
    const low = to[at + LOW]! + added[at + LOW]!;
    const carry = low >= HALF ? 1 : 0;
    to[at + LOW] = low;
    to[at + 1 - LOW] = to[at + 1 - LOW]! + added[at + 1 - LOW]! + carry;
  }
}

/** into[i] += integers[i], for arrays of equal length. The integers are doubles in [0, 2^53). */
export function addIntegers(into: BigInt64Array, integers: Float64Array): void {
  const to = halves(into);
  for (let index = 0, at = 0; index < integers.length; index++, at += 2) {
    const value = integers[index]!;
    const low = to[at + LOW]! + (value >>> 0);
    const carry = low >= HALF ? 1 : 0;
    to[at + LOW] = low;
    to[at + 1 - LOW] = to[at + 1 - LOW]! + Math.floor(value / HALF) + carry;
  }
}

/** Reads single values as the nearest double, without BigInt: exact below 2^53. */
export function readInt64(values: BigInt64Array): (index: number) => number {
  const signed = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  return (index) => signed[index * 2 + 1 - LOW]! * HALF + (signed[index * 2 + LOW]! >>> 0);
}

/**
 * The values as little-endian bytes on any machine. A view where the machine is little-endian, a copy
 * elsewhere.
 */
export function littleEndianBytes(values: BigInt64Array): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return LOW === 0 ? bytes : Buffer.from(bytes).swap64();
}
