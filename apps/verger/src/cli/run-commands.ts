import { Option } from 'commander';
import { type CommandEntry, count, FINISH, IMAGES, MACHINE, PCA, RUN, STORAGE } from './command-entry.ts';

/** Only with --redis. */
const CLUSTER = ['redis', 'queuePrefix', 'priority', 'detach', 'strict'] as const;

/** Commands that make a run, or look after one. */
export const RUN_COMMANDS: readonly CommandEntry[] = [
  {
    name: 'run',
    group: 'Runs',
    argument: IMAGES,
    summary: 'features, PCA and projection of a folder of images; the same command again resumes or reports',
    options: 'all',
    examples: [
      'verger run photos --output results',
      'verger run photos --output results --variance 0.9 --csv --with-images',
      "verger run photos --output results --label 'regex:^([^/]+)/' --sample 0.1 --seed 3",
      'verger run photos --output results --reuse results#3f2a',
    ],
    load: async () => (await import('../commands/run.ts')).run,
  },
  {
    name: 'plan',
    group: 'Runs',
    argument: ['<images>', 'a folder of images, or s3://BUCKET/PREFIX'],
    summary:
      'what `run` with the same words would do, with time and output size from a measured sample; writes nothing',
    options: 'all',
    own: [new Option('--no-measure', 'count only; extract no sample')],
    examples: [
      'verger plan photos --output results',
      'verger plan photos --output results --csv --with-images --no-measure',
    ],
    load: async () => (await import('../commands/plan.ts')).plan,
  },
  {
    name: 'resume',
    group: 'Runs',
    argument: RUN,
    summary: 'finish a run as it was planned, without listing again; damaged files are repaired',
    options: [...MACHINE, ...FINISH, ...CLUSTER, ...STORAGE],
    examples: ['verger resume results', 'verger resume results --csv'],
    load: async () => (await import('../commands/resume.ts')).resume,
  },
  {
    name: 'refit',
    group: 'Runs',
    argument: RUN,
    summary:
      'another PCA of a run from its sums, in seconds: the run that `run` with these options would make',
    options: [...PCA, ...FINISH, 'output', 'name', 'processes', 'childMemory', ...STORAGE],
    examples: [
      'verger refit results --variance 0.9',
      'verger refit results#3f2a --components 50 --standardise',
    ],
    load: async () => (await import('../commands/refit.ts')).refit,
  },
  {
    name: 'transform',
    group: 'Runs',
    argument: RUN,
    secondArgument: IMAGES,
    summary: "apply a run's PCA model to other images",
    options: [
      ...['glob', 'label', 'followLinks', 'limit', 'sample', 'seed', 'partitions', 'partitionSize'],
      ...['maxPixels', 'formats'],
      ...[...FINISH, 'output', 'name', 'reuse', ...MACHINE, ...CLUSTER, ...STORAGE],
    ],
    examples: ['verger transform results new-photos --output results'],
    load: async () => (await import('../commands/transform.ts')).transform,
  },
  {
    name: 'status',
    group: 'Runs',
    argument: RUN,
    summary: 'what storage says of a run, why attempts failed, and with --redis who is at its queue',
    options: ['redis', 'queuePrefix', ...STORAGE],
    own: [new Option('--watch', 'show its progress until it has ended')],
    examples: ['verger status results', 'verger status s3://results/fruits --watch'],
    load: async () => (await import('../commands/status.ts')).status,
  },
  {
    name: 'verify',
    group: 'Runs',
    argument: RUN,
    summary: 'compute everything that a run promises anew, and name every file that is not as it should be',
    options: [...MACHINE, ...STORAGE],
    own: [
      new Option('--repair', 'make again what is damaged or lost, in a new epoch'),
      new Option('--recompute <count>', 'also extract so many random images again').argParser(count),
      new Option('--seed <number>', 'which images --recompute draws (default: others each time)').argParser(
        count,
      ),
    ],
    examples: [
      'verger verify results',
      'verger verify results --repair',
      'verger verify results --recompute 100 --seed 1',
    ],
    load: async () => (await import('../commands/verify.ts')).verify,
  },
  {
    name: 'list',
    group: 'Runs',
    argument: ['<output>', 'a folder that holds runs'],
    summary: 'the runs of an output folder: state, counts, and the options in which they differ',
    options: STORAGE,
    examples: ['verger list results', 'verger list results --json'],
    load: async () => (await import('../commands/list.ts')).list,
  },
  {
    name: 'cancel',
    group: 'Runs',
    argument: RUN,
    summary: 'stop a run that is under way; what is committed stays, and `resume` goes on from there',
    options: STORAGE,
    examples: ['verger cancel results', 'verger cancel results#4f1c'],
    load: async () => (await import('../commands/cancel.ts')).cancel,
  },
  {
    name: 'rm',
    group: 'Runs',
    argument: RUN,
    summary: 'delete the files of a run, and nothing else',
    options: STORAGE,
    own: [
      new Option('-y, --yes', 'do not ask'),
      new Option('--force', 'also a run that seems to be under way, or whose manifest is damaged'),
    ],
    examples: ['verger rm results#4f1c', 'verger rm results/4f1c09b2a7de --yes'],
    load: async () => (await import('../commands/rm.ts')).rm,
  },
];
