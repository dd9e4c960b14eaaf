import { printable } from './printable.ts';

/**
 * Where an error stands: the object it is about, never a secret. All fields are printed by `formatError`.
 */
export interface ErrorPlace {
  readonly path?: string;
  readonly partition?: number;
  readonly location?: string;
  readonly option?: string;
}

interface ErrorEntry {
  /** One fixed sentence: also the `reason` in quarantine.jsonl. */
  readonly what: string;
  /** What the reader does next. */
  readonly next: string;
  /** Exit code of a command that ends with this error. Image codes end none. */
  readonly exit: 1 | 2 | 3 | 4 | 5 | 75 | 130;
  /**
   * `image`: found in an image's bytes or name, quarantined at once. `environmental`: found around an image,
   * tried again before it is quarantined. `task`: may heal, the job is tried again. `permanent`: cannot heal by itself.
   */
  readonly kind: 'image' | 'environmental' | 'task' | 'permanent';
}

const image = (what: string, next: string) => ({ what, next, exit: 1, kind: 'image' }) as const;
const environmental = (what: string, next: string) =>
  ({ what, next, exit: 1, kind: 'environmental' }) as const;
const task = (what: string, next: string) => ({ what, next, exit: 75, kind: 'task' }) as const;
const permanent = <X extends ErrorEntry['exit']>(exit: X, what: string, next: string) =>
  ({ what, next, exit, kind: 'permanent' }) as const;

/** Every code, once. `docs/errors.md` is printed from this table by `npm run docs`. */
export const ERRORS = {
  E_IMG_EMPTY: image('The file has no bytes.', 'Restore the image, or delete it, and run again.'),
  E_IMG_TRUNCATED: image(
    'The image ends before its last pixel.',
    'Copy the image again from its source; it was cut short.',
  ),
  E_IMG_UNSUPPORTED: image(
    'The bytes are not those of an image format that is read (JPEG, PNG, WebP, GIF).',
    'Convert it to JPEG, PNG, WebP or GIF, or leave it out with --glob.',
  ),
  E_IMG_FORMAT_DENIED: image(
    'The bytes are of a format that is refused on purpose (SVG, TIFF, PDF, AVIF and others).',
    'Convert it to JPEG, PNG, WebP or GIF.',
  ),
  E_IMG_TOO_LARGE: image('The file is larger than 64 MiB.', 'Store a smaller copy of the image.'),
  E_IMG_TOO_MANY_PIXELS: image(
    'The image has more than 50 million pixels.',
    'Store a smaller copy of the image.',
  ),
  E_IMG_DECODE: image(
    'The decoder found the image damaged.',
    'Open it in a viewer; copy it again from its source.',
  ),
  E_IMG_FEATURES: image(
    'The network gave a feature that is not a number in [0, 8).',
    'Check the weights with `verger weights`; other weights may not suit this image.',
  ),
  E_IMG_NAME: image(
    'The file name is not UTF-8; the path is shown with its odd bytes escaped.',
    'Rename the file, and run again.',
  ),
  E_IMG_NOT_A_FILE: image(
    'It is a FIFO, a socket, a device or a folder under an image name.',
    'Remove it, or leave it out with --glob.',
  ),
  E_IMG_OUTSIDE_ROOT: image(
    'It is a symbolic link that leads out of the images folder, or to nothing.',
    'Copy the image into the folder, or remove the link.',
  ),
  E_IMG_READ: environmental(
    'The image could not be read.',
    'Check the disk or the store, then run again with another --name.',
  ),
  E_IMG_FORBIDDEN: environmental(
    'Reading the image was not permitted.',
    'Grant read permission on it, then run again with another --name.',
  ),
  E_IMG_MISSING: environmental(
    'The image was listed and is gone.',
    'Restore it, or run again to list the folder anew.',
  ),
  E_IMG_CHANGED: environmental(
    'The image is no longer the one that was listed (size, time or etag differ).',
    'Run again to list the folder anew.',
  ),
  E_IMG_TIMEOUT: environmental(
    'Decoding the image took more CPU time than is allowed.',
    'Look at the image; leave it out if it is hostile.',
  ),
  E_IMG_CRASH: environmental(
    'The child process died while it worked on the image.',
    'Look at the image; leave it out if it is hostile.',
  ),
  E_IMG_MEMORY: environmental(
    'The child process needed more memory for the image than is allowed.',
    'Store a smaller copy of the image, or raise --child-memory and run again with another --name.',
  ),

  E_CHILD_START: permanent(
    1,
    'A child process could not start its work.',
    'Read the cause above; `verger doctor` checks the machine.',
  ),
  E_CHILD_DIED: task('A child process died.', 'Run the same command again.'),
  E_PART_CORRUPT: permanent(
    1,
    'A stored file of a partition is not what its record says.',
    'Restore the file from a copy, or delete the run folder and run again.',
  ),
  E_RUN_CORRUPT: permanent(
    1,
    "A file of the run is damaged or is not verger's.",
    'Restore the file from a copy, or delete the run folder and run again.',
  ),
  E_RUN_NOT_FOUND: permanent(
    3,
    'There is no run at this place.',
    'Give the run folder, or an output folder that holds one run, or OUTPUT#<id prefix>.',
  ),
  E_RUN_AMBIGUOUS: permanent(2, 'The output folder holds several runs.', 'Name one as OUTPUT#<id prefix>.'),
  E_RUN_CONFLICT: permanent(
    4,
    'Another run stands where this one would be written.',
    'Choose another --name or --output, or continue the one that is there.',
  ),
  E_RUN_CANCELLED: permanent(1, 'The run was cancelled.', 'Submit it again to continue where it stopped.'),
  E_RUN_NO_MODEL: permanent(
    1,
    'The run is not finished.',
    'Give its `run` command again, or `npx --no verger resume RUN`.',
  ),
  E_RUN_NO_ROWS: permanent(
    1,
    'The run has no rows to show.',
    'Finish the run; if it is finished, all its images are in quarantine.jsonl.',
  ),
  E_RUN_REOPENED: permanent(
    75,
    'Another submission asked this run for other results while it was finishing.',
    'Give the same command again.',
  ),
  E_CSV_IMAGE: permanent(
    1,
    'An image that result.csv needs again cannot be read as it was listed.',
    'Restore it; or `npx --no verger resume RUN --csv` finishes without images.',
  ),
  E_INTERRUPTED: permanent(
    130,
    'Interrupted; everything committed so far is kept.',
    'Give the same command again to continue.',
  ),

  E_USAGE: permanent(
    2,
    'The command line is not understood.',
    '`npx --no verger help` lists the commands, `npx --no verger help run` the options of one.',
  ),
  E_CONFIG: permanent(
    2,
    'The configuration is not valid.',
    'Correct the flags, variables or verger.config.json named above.',
  ),
  E_NO_INPUT: permanent(
    3,
    'No image was found.',
    'Check the folder and --glob (default: jpg, jpeg, png, webp, gif in any case).',
  ),
  E_INPUT_MISSING: permanent(3, 'The images folder does not exist.', 'Check the path.'),
  E_INPUT_UNREADABLE: permanent(
    3,
    'The images folder, or a folder in it, cannot be read.',
    'Check that it is a folder and that you may read it.',
  ),
  E_OUTPUT_INSIDE_IMAGES: permanent(
    2,
    'The output folder lies inside the images folder.',
    'Choose an --output outside it.',
  ),
  E_OUTPUT_NOT_WRITABLE: permanent(
    1,
    'The output cannot be written.',
    'Check that it is a folder and that you may write there.',
  ),
  E_OUTPUT_FULL: permanent(
    1,
    'The disk of the output is full.',
    'Make room, then give the same command again.',
  ),
  E_STORAGE: task(
    'The storage did not do what was asked.',
    'Read the cause above, then give the same command again.',
  ),
  E_STORAGE_KEY: permanent(
    1,
    'A name leads out of its storage or is not possible there.',
    'Report this: verger makes its names itself.',
  ),
  E_STORAGE_CONDITIONAL: permanent(
    1,
    'The storage has no create-only writes.',
    'Use another store; two workers could overwrite each other here.',
  ),
  E_LABEL_CSV: permanent(
    2,
    'The label file is not a CSV with the columns path and label.',
    'Correct the file given to --label csv:FILE.',
  ),
  E_LABEL_REGEX: permanent(
    2,
    'The label expression is not valid or has no group.',
    'Give --label regex:… with one group, e.g. regex:^([^/]+)/.',
  ),

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
    'Download the URL above elsewhere and put the file at the place named, or give --weights FILE.',
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

  E_SUMS_RANGE: permanent(
    1,
    'There are more images than exact sums can hold (59 million).',
    'Split the images into several runs.',
  ),
  E_SUMS_CORRUPT: permanent(
    1,
    'A sums file is damaged.',
    'Restore the file from a copy, or delete the run folder and run again.',
  ),
  E_PART_TOO_LARGE: permanent(
    2,
    'A partition would hold more than 20,000 images.',
    'Ask for more --partitions, or a smaller --partition-size.',
  ),
  E_PCA_TOO_FEW: permanent(
    1,
    'PCA needs at least two images.',
    'The features are kept; run again with more images.',
  ),
  E_PCA_NO_VARIANCE: permanent(
    1,
    'All images have the same features, so there is no variance to explain.',
    'The features are kept; run again with images that differ.',
  ),
  E_PCA_COMPONENTS: permanent(
    1,
    'More components were asked for than the images can give.',
    'Ask for fewer with --components, or say --variance instead.',
  ),
  E_TOO_MANY_BAD: permanent(
    5,
    'More images are in quarantine than --max-bad allows.',
    'Read quarantine.jsonl; the results from the good images are kept.',
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

/** A code of the error table. */
export type ErrorCode = keyof typeof ERRORS;

/** Codes that may stand in quarantine.jsonl: kinds `image` and `environmental`. */
export type ImageErrorCode = {
  [C in ErrorCode]: (typeof ERRORS)[C]['kind'] extends 'image' | 'environmental' ? C : never;
}[ErrorCode];

/** Every image code, in table order. */
export const IMAGE_ERROR_CODES = (Object.keys(ERRORS) as ErrorCode[]).filter(
  (code): code is ImageErrorCode => ERRORS[code].kind === 'image' || ERRORS[code].kind === 'environmental',
);

/** True for codes that come from the surroundings of an image, not from its bytes. */
export function isEnvironmental(code: ImageErrorCode): boolean {
  return ERRORS[code].kind === 'environmental';
}

/** An error with a code of the table, its place, and what was seen there (`detail`). */
export class VergerError extends Error {
  readonly code: ErrorCode;
  readonly place: ErrorPlace;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, place: ErrorPlace = {}, options: { detail?: string; cause?: unknown } = {}) {
    const detail = options.detail;
    super(
      detail === undefined ? ERRORS[code].what : `${ERRORS[code].what} ${detail}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'VergerError';
    this.code = code;
    this.place = place;
    this.detail = detail;
  }

  /** True where another attempt cannot help. */
  get permanent(): boolean {
    return ERRORS[this.code].kind === 'permanent';
  }

  get exit(): number {
    return ERRORS[this.code].exit;
  }
}

/** Any thrown value as a VergerError: itself, or E_INTERNAL around it. */
export function asVergerError(error: unknown): VergerError {
  if (error instanceof VergerError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new VergerError('E_INTERNAL', {}, { detail, cause: error });
}

/** An error as the lines a person reads: code and what, where, what to do next. What came from outside is made printable. */
export function formatError(error: VergerError): string {
  const { path, partition, location, option } = error.place;
  const where = [
    option,
    path === undefined ? undefined : JSON.stringify(path),
    partition === undefined ? undefined : `partition ${partition}`,
    location,
  ].filter((part) => part !== undefined);
  const lines = `${error.code}: ${error.message}`.split('\n');
  if (where.length > 0) lines.push(`  where: ${where.join(', ')}`);
  lines.push(`  next:  ${ERRORS[error.code].next}`);
  return lines.map(printable).join('\n');
}
