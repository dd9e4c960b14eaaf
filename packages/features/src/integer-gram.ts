import type { IntegerGram } from '@verger/core';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { openSession } from './engine.ts';
import { type Constant, ELEMENT, encodeOnnx, type GraphNode } from './onnx-model.ts';

/** Columns of one stripe: at width 1,280 five stripes are 60 % of the whole product, and as fast as smaller ones. */
const STRIPE = 256;

const int64Constant = (name: string, value: number): Constant => {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setBigInt64(0, BigInt(value), true);
  return { name, element: ELEMENT.int64, dims: [1], data };
};

/**
 * rowsᵀ·rows in float64, without most of what lies under the diagonal: for each stripe of columns its product with itself and all
 * columns behind it, by a general matrix product (Gemm) that reads its first operand transposed. The products come one after the other, flat.
 */
function gramModel(width: number): Uint8Array {
  const nodes: GraphNode[] = [];
  const products: string[] = [];
  for (let first = 0, rest = 'rows'; first < width; first += STRIPE) {
    const [stripe, product, flat, next] = [
      `stripe${first}`,
      `product${first}`,
      `flat${first}`,
      `rest${first}`,
    ];
    nodes.push(
      { op: 'Slice', inputs: [rest, 'none', 'stripe', 'columns'], output: stripe },
      { op: 'Gemm', inputs: [stripe, rest], output: product, attributes: { transA: 1 } },
      { op: 'Reshape', inputs: [product, 'any'], output: flat },
    );
    products.push(flat);
    if (first + STRIPE >= width) break;
    nodes.push({ op: 'Slice', inputs: [rest, 'stripe', 'width', 'columns'], output: next });
    rest = next;
  }
  nodes.push({ op: 'Concat', inputs: products, output: 'products', attributes: { axis: 0 } });
  const constants = Object.entries({ none: 0, stripe: STRIPE, width, columns: 1, any: -1 });
  return encodeOnnx({
    name: 'gram',
    input: { name: 'rows', element: ELEMENT.float64, dims: ['count', width] },
    output: { name: 'products', element: ELEMENT.float64, dims: ['products'] },
    nodes,
    constants: constants.map(([name, value]) => int64Constant(name, value)),
  });
}

/** The rows of all stripes, each from its diagonal on: moved together in place. */
function upperTriangle(products: Float64Array, width: number): Float64Array {
  let [from, to] = [0, 0];
  for (let row = 0; row < width; row += 1) {
    const [under, length] = [row % STRIPE, width - row];
    products.copyWithin(to, from + under, from + under + length);
    from += under + length;
    to += length;
  }
  return products.subarray(0, to);
}

/** By width: there is one in a program, and a few in tests. */
const sessions = new Map<number, Promise<InferenceSession>>();

function sessionOf(width: number): Promise<InferenceSession> {
  const opened = sessions.get(width) ?? openSession(gramModel(width));
  sessions.set(width, opened);
  return opened;
}

/**
 * The exact Gram matrix of integers by onnxruntime's float64 product, one session a process and width. Features times 2^16 are integers up to 2^19
 * and blocks have at most 16,384 = 2^14 rows, so every partial sum is an integer up to 2^52: exact in float64 in any order, fused or not.
 * Cost: 50 ms for 1,024 rows of 1,280.
 */
export const onnxIntegerGram: IntegerGram = async (rows, count, width) => {
  const used = rows.length === count * width ? rows : rows.subarray(0, count * width);
  if (used.length !== count * width) throw new RangeError(`${rows.length} values are not ${count}×${width}`);
  if (count === 0) return new Float64Array((width * (width + 1)) / 2);
  const session = await sessionOf(width);
  const { products } = await session.run({ rows: new Tensor('float64', used, [count, width]) });
  if (!(products?.data instanceof Float64Array)) throw new TypeError('the product has no float64 values');
  return upperTriangle(products.data, width);
};
