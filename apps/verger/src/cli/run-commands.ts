import { Option } from 'commander';
import { count, FINISH, IMAGES, MACHINE, PCA, QUEUE, RUN, STORAGE, under } from './command-entry.ts';

/** Only with --redis. */
const CLUSTER = [...QUEUE, 'priority', 'deadline', 'detach', 'strict'] as const;

/** Commands that create or manage a run. */
export const RUN_COMMANDS = under('Runs', [
  {
    name: 'run',
    arguments: [IMAGES],
    summary: 'compute features, PCA and projection of images; repeat the command to resume or report',
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
    arguments: [IMAGES],
    summary: 'show what `run` would do, with time and output size estimated from a sample; writes nothing',
    options: 'all',
    own: [
      new Option('--no-measure', 'only count; do not extract a sample'),
      new Option('--instance <type>', 'also plan workers of this AWS instance type: number, time and cost'),
      new Option(
        '--max-vcpus <count>',
        'with --instance: most vCPUs that the group may have (default: no limit)',
      ).argParser(count),
      new Option('--prices <file>', 'price table for --instance (default: infra/aws/prices.json)'),
    ],
    wording: {
      deadline: { description: 'also plan the workers that finish by then, such as 30m or 18:30' },
    },
    examples: [
      'verger plan photos --output results',
      'verger plan photos --output results --csv --with-images --no-measure',
      'verger plan s3://photos --output s3://results --instance c7a.xlarge --deadline 30m',
    ],
    load: async () => (await import('../commands/plan.ts')).plan,
  },
  {
    name: 'resume',
    arguments: [RUN],
    summary: 'finish a run as planned, without listing again; repairs damaged files',
    options: [...MACHINE, ...FINISH, ...CLUSTER, ...STORAGE],
    examples: ['verger resume results', 'verger resume results --csv'],
    load: async () => (await import('../commands/run.ts')).resume,
  },
  {
    name: 'refit',
    arguments: [RUN],
    summary: 'fit another PCA to the features of a run, in seconds; same bytes as a new `run`',
    options: [...PCA, ...FINISH, 'output', 'name', 'processes', 'childMemory', ...STORAGE],
    wording: {
      output: { defaultText: 'the output folder of the run' },
      processes: { description: 'number of child processes that fit and project' },
    },
    examples: [
      'verger refit results --variance 0.9',
      'verger refit results#3f2a --components 50 --standardise',
    ],
    load: async () => (await import('../commands/run.ts')).refit,
  },
  {
    name: 'transform',
    arguments: [RUN, IMAGES],
    summary: 'apply the PCA model of a run to other images',
    options: [
      ...['glob', 'label', 'followLinks', 'limit', 'sample', 'seed', 'partitions', 'partitionSize'],
      ...['maxPixels', 'formats'],
      ...[...FINISH, 'output', 'name', 'reuse', ...MACHINE, ...CLUSTER, ...STORAGE],
    ],
    examples: ['verger transform results new-photos --output results'],
    load: async () => (await import('../commands/run.ts')).transform,
  },
  {
    name: 'status',
    arguments: [RUN],
    summary: 'show the progress and the failures of a run, and with --redis its workers',
    options: [...QUEUE, ...STORAGE],
    wording: {
      redis: {
        description: 'Redis server (redis:// or rediss://) of the workers that are shown',
        defaultText: 'none: workers are not shown',
      },
    },
    own: [new Option('--watch', 'follow its progress until it ends')],
    examples: ['verger status results', 'verger status s3://results/fruits --watch'],
    load: async () => (await import('../commands/status.ts')).status,
  },
  {
    name: 'verify',
    arguments: [RUN],
    summary: 'recompute everything and compare; --repair rebuilds damaged files',
    options: [...MACHINE, 'calibrationImages', ...STORAGE],
    wording: {
      processes: { description: 'number of child processes that recompute' },
      calibrationImages: { description: 'with --repair of a lost calibration.json: as it was in `run`' },
      weights: { defaultText: 'those in the cache folder; read only if images are extracted again' },
    },
    own: [
      new Option('--repair', 'rebuild damaged or missing files, in a new epoch'),
      new Option('--recompute <count>', 'also extract this many random images again').argParser(count),
      new Option('--seed <number>', 'seed of --recompute (default: random)').argParser(count),
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
    arguments: [['<output>', 'a folder or s3:// prefix that holds runs']],
    summary: 'list the runs of an output folder: state, counts, and options that differ',
    options: STORAGE,
    examples: ['verger list results', 'verger list results --json'],
    load: async () => (await import('../commands/list.ts')).list,
  },
  {
    name: 'cancel',
    arguments: [RUN],
    summary: 'stop a run in progress; committed work is kept, and `resume` continues from there',
    options: STORAGE,
    examples: ['verger cancel results', 'verger cancel results#4f1c'],
    load: async () => (await import('../commands/cancel.ts')).cancel,
  },
  {
    name: 'rm',
    arguments: [RUN],
    summary: 'delete the files of a run and nothing else',
    options: STORAGE,
    own: [
      new Option('-y, --yes', 'do not ask for confirmation'),
      new Option('--force', 'delete even if the run seems to be in progress or its manifest is damaged'),
    ],
    examples: ['verger rm results#4f1c', 'verger rm results/4f1c09b2a7de --yes'],
    load: async () => (await import('../commands/rm.ts')).rm,
  },
]);
