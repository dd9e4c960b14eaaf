import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import wabt from 'wabt';
import { plainStep } from './testing/plain-triangle.ts';
import { openTriangle } from './triangle.ts';
import { TRIANGLE_WASM } from './triangle-wasm.ts';

/** Numbers of every size, also such as are below the normal ones, where each rounding shows. */
const entry = fc.oneof(
  fc.double({ noNaN: true, min: -4, max: 4 }),
  fc.double({ noNaN: true, min: -1e-307, max: 1e-307 }),
  fc.constantFrom(0, -0, 1, 2 ** -52, 1e-160, 1e150),
);
const entries = (length: number) => fc.array(entry, { minLength: length, maxLength: length });

const bits = (values: Float64Array) => [...new BigUint64Array(Float64Array.from(values).buffer)];

/**
 * The same step of the kernel and in plain TypeScript: every row, also those outside of the triangle, and the
 * product.
 */
function assertSameBits(width: number, size: number, numbers: readonly number[]): void {
  const packed = Float64Array.from(numbers.slice(0, (width * (width + 1)) / 2));
  const rest = numbers.slice(packed.length);
  const vector = (at: number) => Float64Array.from(rest.slice(at * width, (at + 1) * width));
  const [u, q, v, p] = [vector(0), vector(1), vector(2), vector(3)];
  const rows = Array.from({ length: width }, (_, row) => {
    const start = (row * (row + 1)) / 2;
    return packed.slice(start, start + row + 1);
  });
  const triangle = openTriangle(packed, width);
  for (const [name, values] of Object.entries({ u, q, v, p })) {
    triangle.vectors[name as 'u'].set(values);
  }
  triangle.step(size);
  plainStep(rows, size, { u, q, v, p });
  for (const [row, expected] of rows.entries()) {
    const found = new Float64Array(row + 1);
    triangle.readRow(row, found);
    assert.deepEqual(bits(found), bits(expected), `row ${row}`);
  }
  const { vectors } = triangle;
  assert.deepEqual(bits(vectors.p.slice(0, size)), bits(p.slice(0, size)), 'p');
  for (const [name, values] of Object.entries({ u, q, v })) {
    assert.deepEqual(bits(vectors[name as 'u']), bits(values), name);
  }
}

test('a step gives the bits of the plain one, for every width and size', () => {
  const steps = fc
    .integer({ min: 1, max: 23 })
    .chain((width) =>
      fc.tuple(fc.constant(width), fc.nat(width), entries((width * (width + 1)) / 2 + 4 * width)),
    );
  fc.assert(
    fc.property(steps, ([width, size, numbers]) => assertSameBits(width, size, numbers)),
    { numRuns: 2000 },
  );
});

test('a step at 1,280 gives the bits of the plain one', () => {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2147483648 - 1;
  };
  const width = 1280;
  const numbers = Array.from({ length: (width * (width + 1)) / 2 + 4 * width }, next);
  for (const size of [width, width - 1, width - 2, width - 3]) assertSameBits(width, size, numbers);
});

test('the bytes of the kernel are those of its text', async () => {
  const source = readFileSync(new URL('triangle.wat', import.meta.url), 'utf8');
  const { parseWat } = await wabt();
  const assembled = parseWat('triangle.wat', source, { simd: true }).toBinary({}).buffer;
  assert.equal(Buffer.from(assembled).toString('base64'), TRIANGLE_WASM);
  // A fused multiply-add rounds once where a machine has it, and twice where not.
  assert.doesNotMatch(source, /relaxed/);
});
