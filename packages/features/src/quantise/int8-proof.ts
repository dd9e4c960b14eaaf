import { VergerError } from '@verger/core';
import { Tensor } from 'onnxruntime-node';
import { openSession } from '../network/engine.ts';
import { byteConstant, ELEMENT, encodeOnnx, float32Constant, int32Constant } from '../network/onnx-model.ts';
import { type Int8Instructions, thisInt8Instructions } from './int8-cpu.ts';

const INPUTS = 64;
const OUTPUTS = 32;
/** Places in a row and in a column: as many as the last layers have. */
const SIDE = 7;
const LARGEST = { input: 255, weight: 127 } as const;
/** Steps of uint8 between two outputs. */
const STEP = 8;
/** Output `at` adds `WEIGHTS_EACH` more products than the one before. */
const WEIGHTS_EACH = INPUTS / OUTPUTS;
/** One step of the output: output `at` is exactly `STEP` · at. */
const OUTPUT_SCALE = (LARGEST.input * LARGEST.weight * WEIGHTS_EACH) / STEP;

const DIMS = [1, INPUTS, SIDE, SIDE];

/**
 * A 1×1 convolution between roundings, as `buildQuantisedNetwork` writes them, whose every product is 255 · 127:
 * output `at` sums 2 · at of them. Where pairs of products are added in 16 bits, 64,770 becomes 32,767.
 */
export function proofModel(): Uint8Array {
  const weights = Int8Array.from({ length: OUTPUTS * INPUTS }, (_, at) =>
    at % INPUTS < WEIGHTS_EACH * Math.floor(at / INPUTS) ? LARGEST.weight : 0,
  );
  const ones = new Float32Array(OUTPUTS).fill(1);
  const rounding = ['scale', 'zero'] as const;
  const outputRounding = ['output/scale', 'zero'] as const;
  return encodeOnnx({
    name: 'int8-proof',
    input: { name: 'input', element: ELEMENT.uint8, dims: DIMS },
    outputs: [{ name: 'output', element: ELEMENT.uint8, dims: [1, OUTPUTS, SIDE, SIDE] }],
    nodes: [
      { op: 'DequantizeLinear', inputs: ['input', ...rounding], output: 'values' },
      {
        op: 'DequantizeLinear',
        inputs: ['kernel/int8', 'kernel/scales'],
        output: 'kernel',
        attributes: { axis: 0 },
      },
      {
        op: 'DequantizeLinear',
        inputs: ['bias/int32', 'kernel/scales'],
        output: 'bias',
        attributes: { axis: 0 },
      },
      {
        op: 'Conv',
        inputs: ['values', 'kernel', 'bias'],
        output: 'sums',
        attributes: { kernel_shape: [1, 1] },
      },
      { op: 'QuantizeLinear', inputs: ['sums', ...outputRounding], output: 'output' },
    ],
    constants: [
      float32Constant('scale', [], [1]),
      byteConstant('zero', [], Uint8Array.of(0)),
      float32Constant('output/scale', [], [OUTPUT_SCALE]),
      byteConstant('kernel/int8', [OUTPUTS, INPUTS, 1, 1], weights),
      float32Constant('kernel/scales', [OUTPUTS], ones),
      int32Constant('bias/int32', [OUTPUTS], new Int32Array(OUTPUTS)),
    ],
  });
}

/** What onnxruntime makes of the proof on this CPU: [OUTPUTS, 7 · 7]. */
async function engineAnswer(): Promise<ArrayLike<number>> {
  const session = await openSession(proofModel());
  try {
    const pixels = new Uint8Array(INPUTS * SIDE * SIDE).fill(LARGEST.input);
    const { output } = await session.run({ input: new Tensor('uint8', pixels, DIMS) });
    if (output?.data instanceof Uint8Array) return output.data;
    throw new VergerError('E_INTERNAL', {}, { detail: 'The proof of int8 gave no output.' });
  } finally {
    await session.release();
  }
}

/** What the proof asks: the engine, and what the CPU says of itself, for the error. */
export interface Int8Witnesses {
  readonly answer?: () => Promise<ArrayLike<number>>;
  readonly instructions?: () => Int8Instructions;
}

/**
 * Proves that this engine on this CPU adds 8-bit products without overflow, by a convolution whose integer
 * result is known. Cost: 5 ms. Errors: E_INT8_CPU with what came out instead.
 */
export async function proveInt8({
  answer = engineAnswer,
  instructions = thisInt8Instructions,
}: Int8Witnesses = {}): Promise<void> {
  const outputs = await answer();
  const area = SIDE * SIDE;
  for (let at = 0; at < OUTPUTS * area; at += 1) {
    const expected = STEP * Math.floor(at / area);
    if (outputs[at] === expected) continue;
    const [sum, came] = [expected, outputs[at] ?? Number.NaN].map((steps) =>
      Math.round(steps * OUTPUT_SCALE),
    );
    const detail =
      `The sum of ${WEIGHTS_EACH * Math.floor(at / area)} products 255 · 127 is ${sum}; onnxruntime gave ` +
      `about ${came}. The CPU reports ${instructions().text}.`;
    throw new VergerError('E_INT8_CPU', {}, { detail });
  }
}
