/**
 * MobileNetV2 in tfjs-node layer by layer, as a Keras model that was loaded into it runs: nothing folded,
 * nothing fused. Only to be compared with.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { prepareNetwork, readKerasWeights, untrainedWeights } from '@verger/features';

const EPSILON = 1e-3;
const FAR_SIDES = [
  [0, 0],
  [0, 1],
  [0, 1],
  [0, 0],
] as const;

interface Tensor {
  readonly shape: readonly number[];
  dataSync(): Float32Array;
}

/** What is used of the library. */
interface Library {
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  conv2d(x: Tensor, filter: Tensor, strides: number, pad: string): Tensor;
  depthwiseConv2d(x: Tensor, filter: Tensor, strides: number, pad: string): Tensor;
  batchNorm(x: Tensor, mean: Tensor, variance: Tensor, ...others: (Tensor | number)[]): Tensor;
  relu6(x: Tensor): Tensor;
  pad(x: Tensor, paddings: readonly (readonly number[])[]): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  mean(x: Tensor, axes: readonly number[]): Tensor;
  tidy(body: () => void): void;
}

/** The weights of a file, or seeded ones, with what `model.summary()` says of each layer. */
async function modelOf(weights: string | null) {
  if (weights === null) {
    const { rows } = await prepareNetwork({ kind: 'untrained', seed: 1 });
    return { rows, arrays: untrainedWeights(1) };
  }
  const { rows } = await prepareNetwork({ kind: 'file', path: weights, custom: true });
  return { rows, arrays: await readKerasWeights(await readFile(weights)) };
}

/** Infers one image at a time with the plain layers of a weights file (null: seeded weights). */
export async function openPlainLayers(weights: string | null, tfjsNode: string) {
  const tf = createRequire(join(tfjsNode, 'index.js'))('@tensorflow/tfjs-node') as Library;
  const { rows, arrays } = await modelOf(weights);
  const tensors = new Map<string, Tensor>();
  let channels = 3;
  for (const { layer, kind, shape } of rows) {
    const outs = shape.at(-1) ?? 0;
    for (const [key, values] of arrays) {
      if (!key.startsWith(`${layer}/`)) continue;
      const area = kind === 'Conv2D' ? values.length / channels / outs : 9;
      const side = Math.sqrt(area);
      const kernel = kind === 'Conv2D' ? [side, side, channels, outs] : [3, 3, outs, 1];
      tensors.set(key, tf.tensor(values, kind === 'BatchNormalization' ? [outs] : kernel));
    }
    channels = outs;
  }
  const of = (layer: string, name: string) => tensors.get(`${layer}/${name}`)!;

  const run = (image: Tensor): Tensor => {
    let [x, input, padded] = [image, image, false];
    for (const { layer, kind, shape } of rows) {
      const strides = (x.shape[1] ?? 0) > (shape[0] ?? 0) + 1 ? 2 : 1;
      const pad = padded ? 'valid' : 'same';
      if (layer.endsWith('_expand')) input = x;
      if (kind === 'Conv2D') x = tf.conv2d(x, of(layer, 'kernel'), strides, pad);
      if (kind === 'DepthwiseConv2D') x = tf.depthwiseConv2d(x, of(layer, 'depthwise_kernel'), strides, pad);
      if (kind === 'BatchNormalization') {
        const [mean, variance] = [of(layer, 'moving_mean'), of(layer, 'moving_variance')];
        x = tf.batchNorm(x, mean, variance, of(layer, 'beta'), of(layer, 'gamma'), EPSILON);
      }
      if (kind === 'ReLU') x = tf.relu6(x);
      if (kind === 'ZeroPadding2D') x = tf.pad(x, FAR_SIDES);
      if (kind === 'Add') x = tf.add(input, x);
      if (kind === 'GlobalAveragePooling2D') x = tf.mean(x, [1, 2]);
      padded = kind === 'ZeroPadding2D';
    }
    return x;
  };
  return async (pixels: Uint8Array): Promise<Float32Array> => {
    const image = Float32Array.from(pixels, (byte) => byte / 127.5 - 1);
    const features = new Float32Array(1280);
    tf.tidy(() => {
      features.set(run(tf.tensor(image, [1, 224, 224, 3])).dataSync());
    });
    return features;
  };
}
