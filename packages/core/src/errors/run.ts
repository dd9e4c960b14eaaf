import { type ErrorEntry, permanent, task } from './entry.ts';

/** Errors of a run: its children, partitions, records, sums and PCA. */
export const RUN_ERRORS = {
  E_CHILD_START: permanent(
    'A child process could not start.',
    'See the cause above; `verger doctor` checks the machine.',
  ),
  E_CHILD_DIED: task(
    'A child process died.',
    'Run the same command again. If it exceeded its memory limit, first raise --child-memory; of a worker, ' +
      'restart it with more.',
  ),
  E_PART_CORRUPT: permanent(
    'A file of a partition does not match its record.',
    '`verger resume RUN` rebuilds it; `verger verify RUN` lists what else is damaged.',
  ),
  E_RUN_CORRUPT: permanent(
    'A file of the run is damaged, or was not written by verger.',
    '`verger verify RUN --repair` rebuilds what it can; otherwise restore that file from a copy.',
  ),
  E_RUN_DAMAGED: permanent(
    'Files of the run are damaged or missing.',
    '`verger verify RUN --repair` rebuilds what it can; restore the rest from a copy.',
  ),
  E_RUN_NOT_FOUND: permanent(
    'There is no run at this place.',
    'Pass a run folder, an output folder that holds one run, or OUTPUT#<id prefix>.',
    3,
  ),
  E_RUN_AMBIGUOUS: permanent(
    'The output folder holds several runs.',
    'Name one as OUTPUT#<id prefix>; `verger list OUTPUT` lists them.',
    2,
  ),
  E_RUN_CONFLICT: permanent(
    'A different run already exists where this one would be written.',
    'Choose another --name or --output, or continue the existing run.',
    4,
  ),
  E_RUN_ACTIVE: permanent(
    'The run seems to be in progress.',
    'Stop it first with `verger cancel RUN`, or pass --force if nothing is working on it.',
    4,
  ),
  E_RUN_STOPPING: permanent(
    'The run was cancelled less than a minute ago, so a process may still be working on it.',
    'Wait as long as is said above and run the same command again, or pass --force if nothing is working ' +
      'on it.',
    75,
  ),
  E_RUN_CANCELLED: permanent(
    'The run was cancelled; everything committed so far is kept.',
    '`verger resume RUN` continues where it stopped.',
  ),
  E_RUN_FAILED: permanent(
    'The run failed; everything committed is kept.',
    '`verger status RUN` shows why; `verger resume RUN` retries what is missing.',
  ),
  E_EPOCH_OVER: permanent(
    'A newer submission of the run has taken over.',
    'Watch that one with `verger status RUN --watch`.',
    75,
  ),
  E_RUN_NO_MODEL: permanent(
    'The run is not finished.',
    'Repeat its `run` command, or use `verger resume RUN`.',
  ),
  E_RUN_NO_ROWS: permanent(
    'The run has no rows.',
    'Finish the run; if it is finished, all its images are in quarantine.jsonl.',
  ),
  E_RUN_REOPENED: permanent(
    'Another submission asked this run for different results while it was finishing.',
    'Run the same command again.',
    75,
  ),
  E_CSV_IMAGE: permanent(
    'An image needed for the CSV can no longer be read as it was listed.',
    'Restore it, or leave out the images: `verger resume RUN --csv`, or `export` without --images.',
  ),
  E_INTERRUPTED: permanent(
    'The command was interrupted; everything committed so far is kept.',
    'Run the same command again to continue.',
    130,
  ),
  E_DETACHED: permanent(
    'The command was interrupted; the run continues without it.',
    'Watch it with `verger status RUN --watch`; stop it with `verger cancel RUN`.',
    130,
  ),
  E_SUMS_RANGE: permanent(
    'There are more images than exact sums can hold (59 million).',
    'Split the images into several runs.',
  ),
  E_SUMS_CORRUPT: permanent('A sums file is damaged.', '`verger resume RUN` rebuilds it from the features.'),
  E_PART_TOO_LARGE: permanent(
    'A partition would hold more than 20,000 images.',
    'Increase --partitions, or decrease --partition-size.',
    2,
  ),
  E_PCA_TOO_FEW: permanent(
    'PCA needs at least two images.',
    'The features are kept; run again with more images.',
  ),
  E_PCA_NO_VARIANCE: permanent(
    'All images have the same features, so there is no variance to explain.',
    'The features are kept; run again with images that differ.',
  ),
  E_PCA_COMPONENTS: permanent(
    'More components were requested than the images can provide.',
    'Request fewer with --components, or use --variance. If the images of the run are extracted already, ' +
      '`verger refit RUN` takes these options and computes only the PCA.',
  ),
  E_TOO_MANY_BAD: permanent(
    'More images are in quarantine than --max-bad allows.',
    'Read quarantine.jsonl; the results from the good images are kept.',
    5,
  ),
} as const satisfies Record<string, ErrorEntry>;
