import { VergerError } from '@verger/core';
import { isConvolution } from './fold.ts';
import { LAYERS, sizeOf } from './layers.ts';
import { ELEMENT, float32Values } from './onnx-model.ts';
import { decodeConstants } from './onnx-protobuf.ts';

/** A folded convolution as it is in a network. */
export interface StoredConvolution {
  /** [out, in / groups, height, width]. */
  readonly dims: readonly number[];
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/**
 * The folded convolutions of a model that `buildNetwork` made, by layer: what engines that do not read ONNX
 * are made of. Cost: one copy of them. Errors: E_INTERNAL for any other model.
 */
export function readNetwork(network: Uint8Array): ReadonlyMap<string, StoredConvolution> {
  const floats = decodeConstants(network).filter(({ element }) => element === ELEMENT.float32);
  const constants = new Map(
    floats.map(({ name, dims, data }) => [name, { dims, values: float32Values(data) }]),
  );
  const found = LAYERS.filter(isConvolution).map(({ name }) => {
    const kernel = constants.get(`${name}/kernel`);
    const bias = constants.get(`${name}/bias`);
    const dims = kernel?.dims ?? [];
    const isWhole = kernel?.values.length === sizeOf(dims) && bias?.values.length === dims[0];
    if (kernel === undefined || bias === undefined || !isWhole || dims.length !== 4) {
      const detail = `The network has no float32 convolution ${name}.`;
      throw new VergerError('E_INTERNAL', {}, { detail });
    }
    return [name, { dims, kernel: kernel.values, bias: bias.values }] as const;
  });
  return new Map(found);
}
