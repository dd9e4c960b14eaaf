import { type ErrorEntry, permanent, task } from './entry.ts';

/** Codes of what a command is given: words, configuration, images, output, storage, labels. */
export const COMMAND_ERRORS = {
  E_USAGE: permanent(
    2,
    'The command line is not understood.',
    '`verger help` lists the commands, `verger help COMMAND` the options of one.',
  ),
  E_CONFIG: permanent(
    2,
    'The configuration is not valid.',
    'Correct the flags, variables or verger.config.json named above.',
  ),
  E_NO_INPUT: permanent(
    3,
    'No image was found.',
    'Check the folder and --glob (default: jpg, jpeg, jfif, jpe, jif, png, webp, gif in any case).',
  ),
  E_INPUT_MISSING: permanent(3, 'The images folder does not exist.', 'Check the path.'),
  E_INPUT_UNREADABLE: permanent(
    3,
    'The images folder, or a folder in it, cannot be read.',
    'Read what was said above; check that it is a folder, that its disk or store answers, and that you may read it.',
  ),
  E_INPUT_TOO_DEEP: permanent(
    3,
    'A path in the images folder is longer than the system allows.',
    'Move that folder up, or give a folder below it as IMAGES.',
  ),
  E_OUTPUT_INSIDE_IMAGES: permanent(
    2,
    'The output folder lies inside the images folder.',
    'Choose an --output outside it.',
  ),
  E_OUTPUT_NOT_EMPTY: permanent(
    4,
    'The output folder holds files that do not belong there.',
    'Choose an --output that is empty or not there yet.',
  ),
  E_OUTPUT_INSIDE_RUN: permanent(
    2,
    'The file would lie inside the folder of a run.',
    'Choose an --output outside it: a run folder holds nothing else.',
  ),
  E_OUTPUT_EXISTS: permanent(
    4,
    'There is something of that name already.',
    'Choose another --output, or say --force to write over it.',
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
  E_TEMPORARY_FOLDER: permanent(
    1,
    'The folder for temporary files cannot be written, or is full.',
    'Set TMPDIR to a folder that can be written: a listing takes some 150 bytes per image there.',
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
} as const satisfies Record<string, ErrorEntry>;
