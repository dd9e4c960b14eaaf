/** What a layer of MobileNetV2 does; the names of Keras' classes, as `model.summary()` prints them. */
export type LayerKind =
  | 'InputLayer'
  | 'Conv2D'
  | 'DepthwiseConv2D'
  | 'BatchNormalization'
  | 'ReLU'
  | 'ZeroPadding2D'
  | 'Add'
  | 'GlobalAveragePooling2D';

/** One weight array of a layer: Keras' name and shape. */
export interface WeightArray {
  readonly name: string;
  readonly shape: readonly number[];
}

/** One layer: where its input comes from, what it gives, which arrays it needs. */
export interface Layer {
  readonly name: string;
  readonly kind: LayerKind;
  /** Names of the layers it reads. */
  readonly inputs: readonly string[];
  /** Output without the batch dimension: [height, width, channels], or [channels] after pooling. */
  readonly shape: readonly number[];
  readonly stride: 1 | 2;
  /** Keras' padding of a convolution: `same` around, `valid` none (after a ZeroPadding2D). */
  readonly padding: 'same' | 'valid';
  readonly weights: readonly WeightArray[];
}

/** Side of the square input, pixels. */
export const INPUT_SIDE = 224;
/** Epsilon of every batch norm of MobileNetV2. */
export const BATCH_NORM_EPSILON = 1e-3;

interface Block {
  readonly channels: number;
  readonly stride: 1 | 2;
  readonly expand: boolean;
}

const repeat = (times: number, channels: number, stride: 1 | 2): Block[] =>
  Array.from({ length: times }, (_, index) => ({ channels, stride: index === 0 ? stride : 1, expand: true }));

/** Table 2 of arXiv:1801.04381 at width 1.0; every expansion but the first is by 6. */
const BLOCKS: readonly Block[] = [
  { channels: 16, stride: 1, expand: false },
  ...repeat(2, 24, 2),
  ...repeat(3, 32, 2),
  ...repeat(4, 64, 2),
  ...repeat(3, 96, 1),
  ...repeat(3, 160, 2),
  ...repeat(1, 320, 1),
];

/** Appends layers, each to the one before. */
class Chain {
  readonly layers: Layer[] = [];

  get last(): Layer {
    const layer = this.layers.at(-1);
    if (layer === undefined) throw new RangeError('a chain begins with its input');
    return layer;
  }

  add(layer: Partial<Layer> & Pick<Layer, 'name' | 'kind'>): void {
    const inputs = layer.inputs ?? [this.last.name];
    const shape = layer.shape ?? this.last.shape;
    this.layers.push({ stride: 1, padding: 'same', weights: [], ...layer, inputs, shape });
  }

  convolution(name: string, side: 1 | 3, to: { channels: number; stride: 1 | 2 }): void {
    const [height = 0, width = 0, channels = 0] = this.last.shape;
    this.add({
      name,
      kind: 'Conv2D',
      stride: to.stride,
      shape: [height / to.stride, width / to.stride, to.channels],
      weights: [{ name: 'kernel', shape: [side, side, channels, to.channels] }],
    });
  }

  depthwise(name: string, stride: 1 | 2): void {
    const [height = 0, width = 0, channels = 0] = this.last.shape;
    this.add({
      name,
      kind: 'DepthwiseConv2D',
      stride,
      padding: stride === 2 ? 'valid' : 'same',
      shape: stride === 2 ? [(height - 1) / 2, (width - 1) / 2, channels] : this.last.shape,
      weights: [{ name: 'depthwise_kernel', shape: [3, 3, channels, 1] }],
    });
  }

  batchNorm(name: string): void {
    const shape = [this.last.shape.at(-1) ?? 0];
    const names = ['gamma', 'beta', 'moving_mean', 'moving_variance'];
    this.add({
      name,
      kind: 'BatchNormalization',
      weights: names.map((array) => ({ name: array, shape })),
    });
  }
}

function addBlock(chain: Chain, index: number, block: Block): void {
  const prefix = index === 0 ? 'expanded_conv' : `block_${index}`;
  const input = chain.last;
  const [height = 0, width = 0, channels = 0] = input.shape;
  if (block.expand) {
    chain.convolution(`${prefix}_expand`, 1, { channels: channels * 6, stride: 1 });
    chain.batchNorm(`${prefix}_expand_BN`);
    chain.add({ name: `${prefix}_expand_relu`, kind: 'ReLU' });
  }
  if (block.stride === 2) {
    // Keras' ((0, 1), (0, 1)): for an even side, 'same' with stride 2 pads on the far side only.
    chain.add({
      name: `${prefix}_pad`,
      kind: 'ZeroPadding2D',
      shape: [height + 1, width + 1, channels * 6],
    });
  }
  chain.depthwise(`${prefix}_depthwise`, block.stride);
  chain.batchNorm(`${prefix}_depthwise_BN`);
  chain.add({ name: `${prefix}_depthwise_relu`, kind: 'ReLU' });
  chain.convolution(`${prefix}_project`, 1, { channels: block.channels, stride: 1 });
  chain.batchNorm(`${prefix}_project_BN`);
  if (block.stride === 1 && channels === block.channels) {
    chain.add({ name: `${prefix}_add`, kind: 'Add', inputs: [input.name, chain.last.name] });
  }
}

function build(): readonly Layer[] {
  const chain = new Chain();
  chain.add({ name: 'input', kind: 'InputLayer', inputs: [], shape: [INPUT_SIDE, INPUT_SIDE, 3] });
  chain.convolution('Conv1', 3, { channels: 32, stride: 2 });
  chain.batchNorm('bn_Conv1');
  chain.add({ name: 'Conv1_relu', kind: 'ReLU' });
  for (const [index, block] of BLOCKS.entries()) addBlock(chain, index, block);
  chain.convolution('Conv_1', 1, { channels: 1280, stride: 1 });
  chain.batchNorm('Conv_1_bn');
  chain.add({ name: 'out_relu', kind: 'ReLU' });
  chain.add({ name: 'global_average_pooling2d', kind: 'GlobalAveragePooling2D', shape: [1280] });
  return chain.layers;
}

/**
 * Every layer of Keras' MobileNetV2(alpha=1.0, include_top=False, pooling="avg") at 224, in Keras' order and
 * by Keras' names. Weights are read, summarised and turned into a network from this one list.
 */
export const LAYERS: readonly Layer[] = build();

/** Number of values in an array of that shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
