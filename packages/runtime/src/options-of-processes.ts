import {
  DEFAULT_CALIBRATION_IMAGES,
  DEFAULT_IMAGE_CPU_SECONDS,
  operationalOptionsSchema,
} from '@verger/core';
import { off, optionsOf } from './option-entry.ts';

const operational = operationalOptionsSchema.shape;

/** Options of one process: its output, its resources, its weights. Never part of a run id. */
export const PROCESS_OPTIONS = optionsOf('operational', [
  {
    name: 'output',
    flag: '--output <place>',
    description: 'folder or s3:// prefix in which the run gets a folder of its own',
    defaultText: 'none, required',
    expects: 'a folder or s3://BUCKET/PREFIX',
    schema: operational.output,
  },
  {
    name: 'name',
    flag: '--name <name>',
    description: 'name of the run folder',
    defaultText: 'the run id',
    expects: 'at most 64 letters, digits, ".", "_" and "-", starting with a letter or digit',
    schema: operational.name,
  },
  {
    name: 'processes',
    flag: '--processes <count>',
    description: 'number of child processes that decode images and compute features',
    defaultText: 'the number of cores available',
    kind: 'integer',
    expects: 'a whole number from 1 to 1,024',
    schema: operational.processes,
  },
  {
    name: 'childMemory',
    flag: '--child-memory <size>',
    description: 'memory limit of a child process; one that exceeds it is killed',
    defaultText: '1GiB, or less if memory is limited',
    kind: 'bytes',
    expects: 'a size of at least 64MiB, such as 512MiB or 1GiB',
    schema: operational.childMemoryBytes.min(64 * 2 ** 20),
  },
  {
    name: 'imageCpu',
    flag: '--image-cpu <seconds>',
    description: 'CPU time limit per image, in seconds',
    defaultText: String(DEFAULT_IMAGE_CPU_SECONDS),
    kind: 'integer',
    expects: 'a whole number from 1 to 86,400',
    schema: operational.imageCpuSeconds,
  },
  {
    name: 'engine',
    flag: '--engine <name>',
    description: 'what computes the features: onnxruntime, tfjs or tfjs-node',
    defaultText: 'onnxruntime',
    expects: 'onnxruntime, tfjs or tfjs-node',
    schema: operational.engine,
  },
  {
    name: 'tfjsNode',
    flag: '--tfjs-node <folder>',
    file: false, // its code is run: a file in the working folder must not choose it
    description: 'with --engine tfjs-node: folder in which npm installed @tensorflow/tfjs-node',
    defaultText: 'where verger itself is installed',
    expects: 'a folder',
    schema: operational.tfjsNode.unwrap(),
  },
  {
    name: 'weights',
    flag: '--weights <file>',
    description: "Keras's MobileNetV2 weights (.h5), or `untrained` for a trial run with random weights",
    defaultText: 'those in the cache folder; `run` downloads them once',
    expects: 'a file',
    schema: operational.weights,
  },
  {
    name: 'customWeights',
    flag: '--custom-weights',
    description: "use weights other than Keras's ImageNet ones",
    ...off,
    schema: operational.customWeights,
  },
  {
    name: 'cache',
    flag: '--cache <folder>',
    description: 'folder for downloaded weights',
    defaultText: '$XDG_CACHE_HOME/verger, or ~/.cache/verger',
    expects: 'a folder',
    schema: operational.cacheDir.unwrap(),
  },
  {
    name: 'reuse',
    flag: '--reuse <run>',
    env: null,
    description:
      'take the features of unchanged images (same path, size and time) from this run, ' +
      'and with int8 its calibration',
    defaultText: 'none',
    expects: 'a run folder, an output folder that holds one run, or OUTPUT#<id prefix>',
    schema: operational.reuse,
  },
  {
    name: 'precision',
    flag: '--precision <precision>',
    description:
      'float32, or int8: half the time of the network, features with a cosine of about 0.997 to float32',
    defaultText: 'float32',
    expects: 'float32 or int8',
    schema: operational.precision,
  },
  {
    name: 'calibrationImages',
    flag: '--calibration-images <count>',
    description:
      'with --precision int8: number of images of the run that int8 is calibrated on; ' +
      '64 others, or half of a few, are held out to compare on',
    defaultText: String(DEFAULT_CALIBRATION_IMAGES),
    kind: 'integer',
    expects: 'a whole number from 1 to 10,000',
    schema: operational.calibrationImages,
  },
]);
