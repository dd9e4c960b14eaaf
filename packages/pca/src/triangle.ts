import { TRIANGLE_WASM } from './triangle-wasm.ts';

/** The part of the engine's WebAssembly that is used here: Node's types leave it out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** The exports of `triangle.wat`. All arguments are bytes, but for the size. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  step(...args: readonly [number, number, number, number, number, number]): void;
}

const PAGE = 65_536;

/**
 * What a step reads (update vectors u and q, next reflection v) and writes (product p = A·v); all [width]. u
 * and v may change places.
 */
export interface Vectors {
  u: Float64Array;
  v: Float64Array;
  readonly q: Float64Array;
  readonly p: Float64Array;
}

/** A triangle in the memory of a kernel of its own. */
export interface Triangle {
  readonly vectors: Vectors;
  /** Copies row `row`, [row + 1], as it is now. */
  readRow(row: number, into: Float64Array): void;
  /** For the leading size×size triangle: A −= u·qᵀ + q·uᵀ, and p = A·v with the new A. */
  step(size: number): void;
}

/**
 * Rows r and r + 1 (r even) are side by side, r + 2 times 16 bytes: see `triangle.wat`. The place of
 * an entry, in doubles.
 */
function placeOf(row: number, column: number): number {
  const pair = Math.floor(row / 2);
  const start = 2 * pair * (pair + 1);
  // The diagonal of a second row is alone, so it is the first of its two.
  return start + 2 * column + (column === row ? 0 : row - 2 * pair);
}

/**
 * Copies a lower triangle, row-major packed. The same bits come out of a step on every machine. Memory:
 * 4·width² bytes.
 */
export function openTriangle(matrix: Float64Array, width: number): Triangle {
  const kernel = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(TRIANGLE_WASM, 'base64')))
    .exports as Kernel;
  const rowsAt = 4 * width;
  const doubles = rowsAt + placeOf(width + (width % 2), 0);
  kernel.memory.grow(Math.ceil((doubles * 8) / PAGE));
  const memory = new Float64Array(kernel.memory.buffer, 0, doubles);
  const rows = memory.subarray(rowsAt);
  for (let row = 0, at = 0; row < width; row++) {
    for (let column = 0; column <= row; column++) rows[placeOf(row, column)] = matrix[at++]!;
  }
  const vector = (index: number) => memory.subarray(index * width, (index + 1) * width);
  const vectors: Vectors = { u: vector(0), v: vector(1), q: vector(2), p: vector(3) };
  return {
    vectors,
    readRow(row, into) {
      for (let column = 0; column <= row; column++) into[column] = rows[placeOf(row, column)]!;
    },
    step(size) {
      const { u, q, v, p } = vectors;
      kernel.step(rowsAt * 8, size, u.byteOffset, q.byteOffset, v.byteOffset, p.byteOffset);
    },
  };
}
