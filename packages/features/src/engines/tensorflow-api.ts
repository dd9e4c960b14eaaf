/** A tensor of TensorFlow.js, as far as it is used here. */
export interface Tensor {
  /** Waits until it is computed. A copy. */
  dataSync(): Float32Array;
  dispose(): void;
}

/** What a fused convolution takes: NHWC input, bias and activation included. */
export interface FusedOptions {
  readonly x: Tensor;
  readonly filter: Tensor;
  readonly strides: number;
  readonly pad: 'same';
  readonly bias: Tensor;
  readonly activation: 'relu6' | 'linear';
}

/**
 * What is used of TensorFlow.js 4: the same functions in tfjs-core and in tfjs-node. Written here, because
 * tfjs-node is not among the dependencies, and the library's own types bring those of the browser with them.
 */
export interface TensorFlow {
  readonly fused: {
    conv2d(options: FusedOptions): Tensor;
    depthwiseConv2d(options: FusedOptions): Tensor;
  };
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  mean(x: Tensor, axes: readonly number[]): Tensor;
  /** Frees the tensors that `body` made. */
  tidy(body: () => void): void;
  memory(): { readonly numTensors: number };
  setBackend(name: string): Promise<boolean>;
}
