import { type ErrorEntry, permanent, task } from './entry.ts';

/** Codes of a run: its children, partitions, records, sums and PCA. */
export const RUN_ERRORS = {
  E_CHILD_START: permanent(
    1,
    'A child process could not start its work.',
    'Read the cause above; `verger doctor` checks the machine.',
  ),
  E_CHILD_DIED: task('A child process died.', 'Run the same command again.'),
  E_PART_CORRUPT: permanent(
    1,
    'A stored file of a partition is not what its record says.',
    '`verger resume RUN` makes it again; `verger verify RUN` says what else is damaged.',
  ),
  E_RUN_CORRUPT: permanent(
    1,
    "A file of the run is damaged or is not verger's.",
    '`verger verify RUN --repair` makes again what can be; restore manifest.json from a copy.',
  ),
  E_RUN_DAMAGED: permanent(
    1,
    'Files of the run are not what they should be.',
    '`verger verify RUN --repair` makes them again; what it cannot, restore from a copy.',
  ),
  E_RUN_NOT_FOUND: permanent(
    3,
    'There is no run at this place.',
    'Give the run folder, or an output folder that holds one run, or OUTPUT#<id prefix>.',
  ),
  E_RUN_AMBIGUOUS: permanent(
    2,
    'The output folder holds several runs.',
    'Name one as OUTPUT#<id prefix>; `verger list OUTPUT` shows them.',
  ),
  E_RUN_CONFLICT: permanent(
    4,
    'Another run stands where this one would be written.',
    'Choose another --name or --output, or continue the one that is there.',
  ),
  E_RUN_ACTIVE: permanent(
    4,
    'The run seems to be under way.',
    'End it first: `verger cancel RUN`; or say --force when nothing works on it.',
  ),
  E_RUN_CANCELLED: permanent(
    1,
    'The run was cancelled; everything committed so far is kept.',
    '`verger resume RUN` continues where it stopped.',
  ),
  E_RUN_FAILED: permanent(
    1,
    'Partitions of the run failed; everything committed is kept.',
    '`verger status RUN` says why; `verger resume RUN` tries what is missing again.',
  ),
  E_EPOCH_OVER: permanent(
    75,
    'A newer submission of the run has taken over.',
    'Watch that one: `verger status RUN --watch`.',
  ),
  E_RUN_NO_MODEL: permanent(
    1,
    'The run is not finished.',
    'Give its `run` command again, or `verger resume RUN`.',
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
    'An image that a CSV needs again cannot be read as it was listed.',
    'Restore it; or leave the images out: `verger resume RUN --csv`, or `export` without --images.',
  ),
  E_INTERRUPTED: permanent(
    130,
    'Interrupted; everything committed so far is kept.',
    'Give the same command again to continue.',
  ),
  E_DETACHED: permanent(
    130,
    'Interrupted; the run goes on without this coordinator.',
    'Watch it: `verger status RUN --watch`; stop it: `verger cancel RUN`.',
  ),
  E_SUMS_RANGE: permanent(
    1,
    'There are more images than exact sums can hold (59 million).',
    'Split the images into several runs.',
  ),
  E_SUMS_CORRUPT: permanent(
    1,
    'A sums file is damaged.',
    '`verger resume RUN` makes it again from the features.',
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
} as const satisfies Record<string, ErrorEntry>;
