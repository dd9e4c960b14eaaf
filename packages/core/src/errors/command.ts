import { type ErrorEntry, permanent, task } from './entry.ts';

/** Errors in what a command is given: arguments, configuration, images, output, storage, labels. */
export const COMMAND_ERRORS = {
  E_USAGE: permanent(
    'The command line is not valid.',
    '`verger help COMMAND` shows arguments and options; `verger help` lists the commands.',
    2,
  ),
  E_CONFIG: permanent(
    'The configuration is not valid.',
    'Correct the flags, variables or keys of verger.config.json named above.',
    2,
  ),
  E_NO_INPUT: permanent(
    'No images were found.',
    'Check the folder and --glob (default: jpg, jpeg, jfif, jpe, jif, png, webp, gif, in upper or lower ' +
      'case).',
    3,
  ),
  E_INPUT_MISSING: permanent('The images folder does not exist.', 'Check the path.', 3),
  E_INPUT_UNREADABLE: permanent(
    'The images folder, or a folder in it, cannot be read.',
    'See the cause above; check that it is a folder, that its disk or store is available, and that you ' +
      'may read it (with Docker Compose, the user that VERGER_USER in .env names).',
    3,
  ),
  E_INPUT_TOO_DEEP: permanent(
    'A path in the images folder is longer than the system allows.',
    'Move that folder up, or pass a folder below it as IMAGES.',
    3,
  ),
  E_OUTPUT_MISSING: permanent(
    'There is no output folder at this place, or it cannot be read.',
    'Check the path: it is what --output of `run` was.',
    3,
  ),
  E_OUTPUT_INSIDE_IMAGES: permanent(
    'The output folder is inside the images folder.',
    'Choose an --output outside it.',
    2,
  ),
  E_OUTPUT_NOT_EMPTY: permanent(
    'The output folder contains files that do not belong there.',
    'Choose an --output that is empty or does not exist yet.',
    4,
  ),
  E_OUTPUT_INSIDE_RUN: permanent(
    'The file would be inside the folder of a run.',
    'Choose a file outside it: a run folder holds only the run.',
    2,
  ),
  E_OUTPUT_EXISTS: permanent(
    'A file or folder with that name already exists.',
    'Choose another file, or overwrite it with --force.',
    4,
  ),
  E_OUTPUT_NOT_WRITABLE: permanent(
    'The output cannot be written.',
    'Check that it is a folder and that you have permission to write there. ' +
      'In a container: name s3://BUCKET, or a folder that you mount.',
  ),
  E_OUTPUT_FULL: permanent('The output disk is full.', 'Free some space, then run the same command again.'),
  E_TEMPORARY_FOLDER: permanent(
    'The folder for temporary files cannot be written, or is full.',
    'Set TMPDIR to a writable folder: a listing needs about 150 bytes per image there.',
  ),
  E_STORAGE: task('A storage operation failed.', 'See the cause above, then run the same command again.'),
  E_STORAGE_KEY: permanent(
    'A file name leads outside its storage or is not allowed there.',
    'Report this as a bug: verger chooses these names itself.',
  ),
  E_STORAGE_CONDITIONAL: permanent(
    'The storage does not support create-only writes.',
    'Use another store: on this one, two workers could overwrite each other.',
  ),
  E_LABEL_CSV: permanent(
    'The label file cannot be used.',
    'Pass --label csv:FILE, where FILE is a CSV with the columns path and label.',
    2,
  ),
  E_LABEL_REGEX: permanent(
    'The label expression cannot be used.',
    'Pass --label regex:… with one capture group, such as regex:^([^/]+)/.',
    2,
  ),
} as const satisfies Record<string, ErrorEntry>;
