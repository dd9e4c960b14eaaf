import { VergerError } from '@verger/core';
import { Tensor } from 'onnxruntime-node';
import { openSession } from '../network/engine.ts';
import { byteConstant, ELEMENT, float32Constant, int32Constant } from '../network/onnx-model.ts';
import { encodeOnnx } from '../network/onnx-protobuf.ts';
import { type Int8Instructions, thisInt8Instructions } from './int8-cpu.ts';

/** Rows and columns of the input: as many as the last layers have. */
const SIDE = 7;
const LARGEST = { input: 255, weight: 127 } as const;
/** Steps of uint8 between two outputs. */
const STEP = 8;

/** A convolution whose every product is the same, and whose outputs add a known number of them. */
export interface Proof {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Rows and columns of the kernel. */
  readonly kernel: 1 | 3;
  readonly depthwise: boolean;
  /** The byte that is 0. */
  readonly zero: number;
  /** Products in the sum of an output. */
  readonly products: (output: number) => number;
  /** Products in a step of `STEP`. */
  readonly productsEach: number;
}

/**
 * The kernels that onnxruntime has for the layers: a 1×1 convolution, the widest one with a zero point in the
 * middle, and a depthwise one.
 */
export const PROOFS: readonly Proof[] = [
  {
    ...{ name: '1×1', inputs: 64, outputs: 32, kernel: 1, depthwise: false, zero: 0 },
    ...{ products: (output) => 2 * output, productsEach: 2 },
  },
  {
    ...{ name: '1×1 of 960', inputs: 960, outputs: 32, kernel: 1, depthwise: false, zero: 128 },
    ...{ products: (output) => 30 * output, productsEach: 30 },
  },
  {
    ...{ name: 'depthwise', inputs: 32, outputs: 32, kernel: 3, depthwise: true, zero: 0 },
    ...{ products: (output) => output % 10, productsEach: 1 },
  },
];

const productOf = ({ zero }: Proof) => (LARGEST.input - zero) * LARGEST.weight;
/** One step of the output: `STEP` of them are `productsEach` products. */
const outputScale = (proof: Proof) => (productOf(proof) * proof.productsEach) / STEP;
const outputSide = ({ kernel }: Proof) => SIDE - kernel + 1;

function constantsOf(proof: Proof) {
  const { inputs, outputs, kernel, depthwise, zero, products } = proof;
  const dims = [outputs, depthwise ? 1 : inputs, kernel, kernel];
  const each = (dims[1] ?? 1) * kernel * kernel;
  const weights = Int8Array.from({ length: outputs * each }, (_, at) =>
    at % each < products(Math.floor(at / each)) ? LARGEST.weight : 0,
  );
  return [
    float32Constant('scale', [], [1]),
    byteConstant('zero', [], Uint8Array.of(zero)),
    float32Constant('output/scale', [], [outputScale(proof)]),
    byteConstant('output/zero', [], Uint8Array.of(0)),
    byteConstant('kernel/int8', dims, weights),
    float32Constant('kernel/scales', [outputs], new Float32Array(outputs).fill(1)),
    int32Constant('bias/int32', [outputs], new Int32Array(outputs)),
  ];
}

/**
 * A convolution between roundings, as `buildQuantisedNetwork` writes them, whose every product has the
 * largest factors. Where pairs of products are added in 16 bits, 64,770 becomes 32,767.
 */
export function proofModel(proof: Proof): Uint8Array {
  const { inputs, outputs, kernel, depthwise } = proof;
  const side = outputSide(proof);
  const dequantise = (name: string, parts: readonly string[]) =>
    ({ op: 'DequantizeLinear', inputs: parts, output: name, attributes: { axis: 0 } }) as const;
  return encodeOnnx({
    name: 'int8-proof',
    input: { name: 'input', element: ELEMENT.uint8, dims: [1, inputs, SIDE, SIDE] },
    outputs: [{ name: 'output', element: ELEMENT.uint8, dims: [1, outputs, side, side] }],
    nodes: [
      { op: 'DequantizeLinear', inputs: ['input', 'scale', 'zero'], output: 'values' },
      dequantise('kernel', ['kernel/int8', 'kernel/scales']),
      dequantise('bias', ['bias/int32', 'kernel/scales']),
      {
        op: 'Conv',
        inputs: ['values', 'kernel', 'bias'],
        output: 'sums',
        attributes: { kernel_shape: [kernel, kernel], group: depthwise ? inputs : 1 },
      },
      { op: 'QuantizeLinear', inputs: ['sums', 'output/scale', 'output/zero'], output: 'output' },
    ],
    constants: constantsOf(proof),
  });
}

/** What onnxruntime makes of a proof on this CPU: [outputs, places]. */
async function engineAnswer(proof: Proof): Promise<ArrayLike<number>> {
  const session = await openSession(proofModel(proof));
  try {
    const dims = [1, proof.inputs, SIDE, SIDE];
    const pixels = new Uint8Array(proof.inputs * SIDE * SIDE).fill(LARGEST.input);
    const { output } = await session.run({ input: new Tensor('uint8', pixels, dims) });
    if (output?.data instanceof Uint8Array) return output.data;
    throw new VergerError('E_INTERNAL', {}, { detail: 'The proof of int8 gave no output.' });
  } finally {
    await session.release();
  }
}

/** What the proof asks: the engine, and what the CPU says of itself, for the error. */
export interface Int8Witnesses {
  readonly answer?: (proof: Proof) => Promise<ArrayLike<number>>;
  readonly instructions?: () => Int8Instructions;
}

/**
 * Proves that this engine on this CPU adds 8-bit products without overflow, by convolutions whose integer
 * results are known. Cost: 6 ms. Errors: E_INT8_CPU with what came out instead.
 */
export async function proveInt8({
  answer = engineAnswer,
  instructions = thisInt8Instructions,
}: Int8Witnesses = {}): Promise<void> {
  for (const proof of PROOFS) {
    const outputs = await answer(proof);
    const area = outputSide(proof) ** 2;
    for (let at = 0; at < proof.outputs * area; at += 1) {
      const products = proof.products(Math.floor(at / area));
      if (outputs[at] === (STEP * products) / proof.productsEach) continue;
      const came = Math.round((outputs[at] ?? Number.NaN) * outputScale(proof));
      const detail =
        `The sum of ${products} products ${LARGEST.input - proof.zero} · ${LARGEST.weight} is ` +
        `${products * productOf(proof)} (${proof.name}); onnxruntime gave about ${came}. ` +
        `The CPU reports ${instructions().text}.`;
      throw new VergerError('E_INT8_CPU', {}, { detail });
    }
  }
}
