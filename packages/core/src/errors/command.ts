import { type ErrorEntry, permanent, task } from './entry.ts';

/** Errors in what a command is given: arguments, configuration, images, output, storage, labels. */
export const COMMAND_ERRORS = {
  E_USAGE: permanent(
    2,
    'The command line is not valid.',
    '`verger help` lists the commands; `verger help COMMAND` shows the options of one.',
  ),
  E_CONFIG: permanent(
    2,
    'The configuration is not valid.',
    'Correct the flags, variables or keys of verger.config.json named above.',
  ),
  E_NO_INPUT: permanent(
    3,
    'No images were found.',
    'Check the folder and --glob (default: jpg, jpeg, jfif, jpe, jif, png, webp, gif, in upper or lower ' +
      'case).',
  ),
  E_INPUT_MISSING: permanent(3, 'The images folder does not exist.', 'Check the path.'),
  E_INPUT_UNREADABLE: permanent(
    3,
    'The images folder, or a folder in it, cannot be read.',
    'See the cause above; check that it is a folder, that its disk or store is available, and that you ' +
      'may read it.',
  ),
  E_INPUT_TOO_DEEP: permanent(
    3,
    'A path in the images folder is longer than the system allows.',
    'Move that folder up, or pass a folder below it as IMAGES.',
  ),
  E_OUTPUT_INSIDE_IMAGES: permanent(
    2,
    'The output folder is inside the images folder.',
    'Choose an --output outside it.',
  ),
  E_OUTPUT_NOT_EMPTY: permanent(
    4,
    'The output folder contains files that do not belong there.',
    'Choose an --output that is empty or does not exist yet.',
  ),
  E_OUTPUT_INSIDE_RUN: permanent(
    2,
    'The file would be inside the folder of a run.',
    'Choose an --output outside it: a run folder holds only the run.',
  ),
  E_OUTPUT_EXISTS: permanent(
    4,
    'A file or folder with that name already exists.',
    'Choose another --output, or overwrite it with --force.',
  ),
  E_OUTPUT_NOT_WRITABLE: permanent(
    1,
    'The output cannot be written.',
    'Check that it is a folder and that you have permission to write there.',
  ),
  E_OUTPUT_FULL: permanent(
    1,
    'The output disk is full.',
    'Free some space, then run the same command again.',
  ),
  E_TEMPORARY_FOLDER: permanent(
    1,
    'The folder for temporary files cannot be written, or is full.',
    'Set TMPDIR to a writable folder: a listing needs about 150 bytes per image there.',
  ),
  E_STORAGE: task('A storage operation failed.', 'See the cause above, then run the same command again.'),
  E_STORAGE_KEY: permanent(
    1,
    'A file name leads outside its storage or is not allowed there.',
    'Report this as a bug: verger chooses these names itself.',
  ),
  E_STORAGE_CONDITIONAL: permanent(
    1,
    'The storage does not support create-only writes.',
    'Use another store: on this one, two workers could overwrite each other.',
  ),
  E_LABEL_CSV: permanent(
    2,
    'The label file cannot be used.',
    'Pass --label csv:FILE, where FILE is a CSV with the columns path and label.',
  ),
  E_LABEL_REGEX: permanent(
    2,
    'The label expression cannot be used.',
    'Pass --label regex:… with one capture group, such as regex:^([^/]+)/.',
  ),
} as const satisfies Record<string, ErrorEntry>;
