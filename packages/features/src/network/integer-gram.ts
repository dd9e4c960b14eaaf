import type { IntegerGram } from '@verger/core';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { openSession } from './engine.ts';
import { type Constant, ELEMENT } from './onnx-model.ts';
import { encodeOnnx } from './onnx-protobuf.ts';

/**
 * Columns of one stripe: at width 1,280 five stripes are 60 % of the whole product, and as fast as smaller
 * ones.
 */
const STRIPE = 256;

const int64Constant = (name: string, value: number): Constant => {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setBigInt64(0, BigInt(value), true);
  return { name, element: ELEMENT.int64, dims: [1], data };
};

/**
 * stripeᵀ·rows in float64 for the first columns: a general matrix product (Gemm) that reads its first operand
 * transposed.
 */
function stripeModel(): Uint8Array {
  return encodeOnnx({
    name: 'gram',
    input: { name: 'rows', element: ELEMENT.float64, dims: ['count', 'width'] },
    outputs: [{ name: 'products', element: ELEMENT.float64, dims: ['stripe', 'width'] }],
    nodes: [
      { op: 'Slice', inputs: ['rows', 'first', 'end', 'columns'], output: 'stripe' },
      { op: 'Gemm', inputs: ['stripe', 'rows'], output: 'products', attributes: { transA: 1 } },
    ],
    constants: [int64Constant('first', 0), int64Constant('end', STRIPE), int64Constant('columns', 1)],
  });
}

/** Takes the first columns out of the rows [count, width], in place. */
function dropColumns(rows: Float64Array, count: number, width: number, dropped: number): void {
  for (let row = 0; row < count; row += 1) {
    rows.copyWithin(row * (width - dropped), row * width + dropped, (row + 1) * width);
  }
}

let session: Promise<InferenceSession> | undefined;

/**
 * The exact Gram matrix of integers by onnxruntime's float64 product, one session a process: stripe after
 * stripe of columns with itself and all behind it, so that most of what lies under the diagonal is not
 * computed. Features times 2^16 are integers up to 2^19 and blocks have at most 16,384 = 2^14 rows, so every
 * partial sum is an integer up to 2^52: exact in float64 in any order, fused or not. Cost: 55 ms for 1,024
 * rows of 1,280; memory 7 MB beside the result.
 */
export const onnxIntegerGram: IntegerGram = async (rows, count, width) => {
  if (rows.length < count * width) throw new RangeError(`${rows.length} values are not ${count}×${width}`);
  const triangle = new Float64Array((width * (width + 1)) / 2);
  if (count === 0) return triangle;
  session ??= openSession(stripeModel());
  const opened = await session;
  let at = 0;
  for (let rest = width; rest > 0; ) {
    const input = new Tensor('float64', rows.subarray(0, count * rest), [count, rest]);
    const { products } = await opened.run({ rows: input });
    if (!(products?.data instanceof Float64Array)) throw new TypeError('the product has no float64 values');
    const stripe = Math.min(STRIPE, rest);
    for (let row = 0; row < stripe; row += 1) {
      triangle.set(products.data.subarray(row * rest + row, (row + 1) * rest), at);
      at += rest - row;
    }
    dropColumns(rows, count, rest, stripe);
    rest -= stripe;
  }
  return triangle;
};
