import { type ErrorEntry, permanent } from './entry.ts';

/** Codes of what a machine has: weights, native libraries, the program itself. */
export const MACHINE_ERRORS = {
  E_WEIGHTS_MISSING: permanent(
    1,
    'There are no weights.',
    'Give --weights FILE or VERGER_WEIGHTS, or `verger weights fetch` on a machine with internet.',
  ),
  E_WEIGHTS_OTHER: permanent(
    4,
    'The run was made with other weights.',
    'Give the weights it was made with: --weights FILE or VERGER_WEIGHTS.',
  ),
  E_WEIGHTS_DOWNLOAD: permanent(
    1,
    'The weights could not be downloaded.',
    'Download the URL above elsewhere and put the file at the place named, or give --weights FILE; --cache names another folder.',
  ),
  E_WEIGHTS_CORRUPT: permanent(
    1,
    'The weights file is damaged or cut short.',
    'Copy it again; compare its size and sha256 with the source.',
  ),
  E_WEIGHTS_SHAPE: permanent(
    1,
    'The weights file is not of MobileNetV2 1.0/224.',
    'Give the .h5 that Keras publishes for MobileNetV2 with alpha 1.0.',
  ),
  E_WEIGHTS_PROBE: permanent(
    1,
    "The weights do not compute Keras' ImageNet features on the built-in probe image.",
    'If they are your own, say --custom-weights; else fetch them again.',
  ),
  E_NUMERIC_CLASS: permanent(
    1,
    'This machine does not decode the built-in probe images to the known pixels.',
    'Run `npm ci` again; do not replace sharp or onnxruntime by other builds.',
  ),
  E_PLATFORM: permanent(
    1,
    'verger cannot work on this machine.',
    'See `verger doctor`; Node >= 20.19 on Linux (glibc) or macOS on Apple silicon is needed.',
  ),
  E_INTERNAL: permanent(
    1,
    'verger made a mistake of its own.',
    'Report it with the text above; VERGER_DEBUG=1 prints the stack.',
  ),
} as const satisfies Record<string, ErrorEntry>;
