import { isConvolution } from './fold.ts';
import { LAYERS, type Layer } from './layers.ts';
import { NETWORK_START } from './network-graph.ts';

/** One tensor of the network after its activation: what a convolution, or the sum of two tensors, gives. */
export interface NetworkTensor {
  /** The name of the layer that computes it, before batch norm and ReLU6. */
  readonly name: string;
  /** Undefined for a sum of two tensors. */
  readonly convolution: Layer | undefined;
  /** It is clipped to [0, 6]. */
  readonly relu: boolean;
  /** Names of the tensors that it is computed from; `NETWORK_START` for the first. */
  readonly inputs: readonly string[];
  readonly channels: number;
}

function build(): readonly NetworkTensor[] {
  const tensorOf = new Map<string, string>();
  const clipped = new Set(LAYERS.filter(({ kind }) => kind === 'ReLU').map(({ inputs }) => inputs[0]));
  const normOf = new Map(
    LAYERS.filter(({ kind }) => kind === 'BatchNormalization').map(({ name, inputs }) => [inputs[0], name]),
  );
  const tensors: NetworkTensor[] = [];
  for (const layer of LAYERS) {
    const inputs = layer.inputs.map((name) => tensorOf.get(name) ?? name);
    const computes = isConvolution(layer) || layer.kind === 'Add';
    if (computes) {
      tensors.push({
        name: layer.name,
        convolution: layer.kind === 'Add' ? undefined : layer,
        relu: clipped.has(normOf.get(layer.name) ?? ''),
        inputs,
        channels: layer.shape.at(-1) ?? 0,
      });
    }
    tensorOf.set(layer.name, computes ? layer.name : (inputs[0] ?? NETWORK_START));
  }
  return tensors;
}

/** Every tensor of the network that is quantised or measured, in the order in which it is computed. */
export const TENSORS: readonly NetworkTensor[] = build();

/** Sum of the channels of all tensors. */
export const ALL_CHANNELS = TENSORS.reduce((sum, { channels }) => sum + channels, 0);

/** Those without ReLU6: their range is measured, while that of the others is [0, 6]. */
export const LINEAR_TENSORS: readonly NetworkTensor[] = TENSORS.filter(({ relu }) => !relu);

/** Greatest value of a tensor after ReLU6. */
export const SIX = 6;
