import { type ErrorEntry, permanent, task } from './entry.ts';

/** Errors of a machine: weights, native libraries, the program itself. */
export const MACHINE_ERRORS = {
  E_WEIGHTS_MISSING: permanent(
    'No weights were found.',
    'Pass --weights FILE or set VERGER_WEIGHTS, or use `verger weights fetch` on a machine with internet ' +
      'access.',
  ),
  E_WEIGHTS_OTHER: permanent(
    'The run was made with different weights.',
    'Pass the weights it was made with: --weights FILE or VERGER_WEIGHTS.',
    4,
  ),
  E_WEIGHTS_DOWNLOAD: permanent(
    'The weights could not be downloaded.',
    'Download the URL above on another machine and put the file at the path above, or name your copy: ' +
      '--weights FILE or VERGER_WEIGHTS (Docker Compose: in .env); --cache sets another folder.',
  ),
  E_WEIGHTS_CORRUPT: permanent(
    'The weights file is damaged or cut short.',
    'Copy it again; compare its size and sha256 with the source.',
  ),
  E_WEIGHTS_SHAPE: permanent(
    'The weights file is not for MobileNetV2 1.0/224.',
    'Use the .h5 file that Keras publishes for MobileNetV2 with alpha 1.0.',
  ),
  E_WEIGHTS_PROBE: permanent(
    "The weights do not give Keras's ImageNet features for the built-in probe image.",
    'If they are your own, pass --custom-weights; otherwise download them again.',
  ),
  E_ENGINE_MISSING: permanent(
    'The engine is not installed, or cannot be loaded.',
    'For tfjs-node: `npm install @tensorflow/tfjs-node@4.22.0` in a folder of its own, with Node 20 or 22, ' +
      'and pass --tfjs-node FOLDER or set VERGER_TFJS_NODE. Or use the default engine.',
  ),
  E_ENGINE_PRECISION: permanent(
    'This engine does not compute int8.',
    'Use onnxruntime, the default --engine, for runs with --precision int8.',
    2,
  ),
  E_NUMERIC_CLASS: permanent(
    'This machine does not decode the built-in probe images to the expected pixels.',
    'Install verger again; do not replace sharp or onnxruntime with other builds.',
  ),
  E_CALIBRATION: permanent(
    'The network could not be calibrated for int8.',
    'See the cause above; images that can be decoded are needed, or run without --precision int8.',
  ),
  E_INT8_CPU: permanent(
    'This CPU cannot compute with int8 exactly: sums of its 8-bit products overflow.',
    'Use a CPU with VNNI (Intel since 2019, AMD since 2022) or Arm dot products, or run with ' +
      '--precision float32.',
  ),
  E_PLATFORM: permanent(
    'verger cannot run on this machine.',
    'See `verger doctor`; verger needs Node >= 20.19 on Linux (glibc) or macOS on Apple silicon.',
  ),
  E_MACHINE_LIMIT: task(
    'This process, or the whole machine, has reached a limit.',
    'Raise that limit (open files: `ulimit -n`) or run less at once on this machine (memory), then run the ' +
      'same command again.',
  ),
  E_INTERNAL: permanent(
    'This is a bug in verger.',
    'Report it with the text above; VERGER_DEBUG=1 prints the stack.',
  ),
} as const satisfies Record<string, ErrorEntry>;
