import { InvalidArgumentError, Option } from 'commander';
import type { Command } from './command.ts';

/** Headings of `verger --help`, in its order. */
export type CommandGroup = 'Runs' | 'Results' | 'Images' | 'Cluster' | 'This machine';

type CommandArgument = readonly [name: string, description: string];

/** One command: its words, its options, its examples, and where its code is. */
export interface CommandEntry {
  readonly name: string;
  readonly argument?: CommandArgument;
  /** Stands behind `argument`. */
  readonly secondArgument?: CommandArgument;
  /** What the argument may be, where that is one of few words. */
  readonly verbs?: readonly string[];
  readonly summary: string;
  /** The heading under which `verger --help` lists it. */
  readonly group: CommandGroup;
  /** Names of `OPTION_TABLE` that the command takes. `all`: every one. */
  readonly options: 'all' | readonly string[];
  readonly own?: readonly Option[];
  readonly examples: readonly string[];
  readonly load: () => Promise<Command>;
}

const count = (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
};

const share = (text: string) => {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('It must be above 0 and at most 1.');
  return value;
};

const seed = (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError('It must be a whole number from 0.');
  return value;
};

const RUN: CommandEntry['argument'] = [
  '<run>',
  'a run folder, an output folder that holds one run, or OUTPUT#<id prefix>; all may be s3://…',
];
const IMAGES: CommandEntry['argument'] = ['<images>', 'a folder of images, or s3://BUCKET/PREFIX'];
const PCA = ['variance', 'components', 'standardise', 'sparkCompatible'] as const;
const FINISH = ['csv', 'withImages', 'csvRaw', 'maxBad'] as const;
const STORAGE = ['s3Endpoint', 's3PathStyle'] as const;
const MACHINE = ['processes', 'childMemory', 'imageCpu', 'weights', 'cache'] as const;

/** Names a run for this one time, so it is no option with a variable and a key. */
const reuseOption = new Option(
  '--reuse <run>',
  'take the features of images that are unchanged (path, bytes, time) from this earlier run',
);

/** Only with --redis. */
const CLUSTER_FLAGS = [
  new Option('--detach', 'with --redis: submit the run and leave it to its workers'),
  new Option('--strict', 'with --redis: only workers whose features equal to the last bit may extract'),
] as const;
const CLUSTER = ['redis', 'queuePrefix', 'priority'] as const;

/** Every command, loaded only when it is called. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'run',
    group: 'Runs',
    argument: IMAGES,
    own: [reuseOption, ...CLUSTER_FLAGS],
    summary: 'features, PCA and projection of a folder of images; the same command again resumes or reports',
    options: 'all',
    examples: [
      'verger run photos --output results',
      'verger run photos --output results --variance 0.9 --csv --with-images',
      "verger run photos --output results --label 'regex:^([^/]+)/' --sample 0.1 --seed 3",
      'verger run photos --output results --reuse results#3f2a',
    ],
    load: async () => (await import('./commands/run.ts')).run,
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
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  {
    name: 'resume',
    group: 'Runs',
    argument: RUN,
    summary: 'finish a run as it was planned, without listing again; damaged files are repaired',
    options: [...MACHINE, ...FINISH, ...CLUSTER, ...STORAGE],
    own: CLUSTER_FLAGS,
    examples: ['verger resume results', 'verger resume results --csv'],
    load: async () => (await import('./commands/resume.ts')).resume,
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
    load: async () => (await import('./commands/refit.ts')).refit,
  },
  {
    name: 'transform',
    group: 'Runs',
    argument: RUN,
    secondArgument: IMAGES,
    summary: "apply a run's PCA model to other images",
    options: [
      ...['glob', 'label', 'limit', 'sample', 'seed', 'partitions', 'partitionSize'],
      ...[...FINISH, 'output', 'name', ...MACHINE, ...CLUSTER, ...STORAGE],
    ],
    own: [reuseOption, ...CLUSTER_FLAGS],
    examples: ['verger transform results new-photos --output results'],
    load: async () => (await import('./commands/transform.ts')).transform,
  },
  {
    name: 'status',
    group: 'Runs',
    argument: RUN,
    summary: 'what storage says of a run, and why attempts failed',
    options: STORAGE,
    own: [new Option('--watch', 'show its progress until it has ended')],
    examples: ['verger status results', 'verger status s3://results/fruits --watch'],
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'verify',
    group: 'Runs',
    argument: RUN,
    summary: 'compute everything that a run promises anew, and name every file that is not as it should be',
    options: [...MACHINE, ...STORAGE],
    own: [
      new Option('--repair', 'make again what is damaged or lost, in a new epoch'),
      new Option('--recompute <count>', 'also extract so many random rows again from the images').argParser(
        count,
      ),
      new Option('--seed <number>', 'which rows --recompute draws (default: others each time)').argParser(
        count,
      ),
    ],
    examples: [
      'verger verify results',
      'verger verify results --repair',
      'verger verify results --recompute 100 --seed 1',
    ],
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  {
    name: 'list',
    group: 'Runs',
    argument: ['<output>', 'a folder that holds runs'],
    summary: 'the runs of an output folder: state, counts, and the options in which they differ',
    options: STORAGE,
    examples: ['verger list results', 'verger list results --json'],
    load: async () => (await import('./commands/list.ts')).list,
  },
  {
    name: 'cancel',
    group: 'Runs',
    argument: RUN,
    summary: 'stop a run that is under way; what is committed stays, and `resume` goes on from there',
    options: STORAGE,
    examples: ['verger cancel results', 'verger cancel results#4f1c'],
    load: async () => (await import('./commands/cancel.ts')).cancel,
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
    load: async () => (await import('./commands/rm.ts')).rm,
  },
  {
    name: 'head',
    group: 'Results',
    argument: RUN,
    summary: 'the first rows of the projection, or of the features',
    options: STORAGE,
    own: [
      new Option('-n, --rows <count>', 'how many rows').argParser(count).default(10),
      new Option('--features', 'features instead of the projection'),
    ],
    examples: ['verger head results -n 3', 'verger head results --features --json'],
    load: async () => (await import('./commands/head.ts')).head,
  },
  {
    name: 'report',
    group: 'Results',
    argument: RUN,
    summary: 'counts, variance, time, labels and quarantine of a finished run',
    options: STORAGE,
    own: [new Option('--labels <count>', 'how many labels to show').argParser(count).default(12)],
    examples: ['verger report results', 'verger report results --json'],
    load: async () => (await import('./commands/report.ts')).report,
  },
  {
    name: 'export',
    group: 'Results',
    argument: RUN,
    summary: 'the table of a finished run as one file: CSV, Parquet or NumPy',
    options: STORAGE,
    own: [
      new Option('--output <file>', 'the file, or a folder for it; never over one that is there'),
      new Option('--format <format>', 'csv, parquet or npy (default: as the name of the file says)'),
      new Option('--what <lists>', 'features, projection or both (default: projection)'),
      new Option('--images', 'with the images in base64: CSV only'),
      new Option('--raw', 'leave cells that a spreadsheet would run as formulas unchanged: CSV only'),
      new Option('--force', 'write over a file that is there'),
    ],
    examples: [
      'verger export results --output projection.parquet',
      'verger export results --output features.npy --what features',
      'verger export results --output table.csv --what both --images',
    ],
    load: async () => (await import('./commands/export.ts')).exportTable,
  },
  {
    name: 'weights',
    group: 'This machine',
    argument: ['[verb]', '`fetch` downloads the weights that Keras publishes'],
    verbs: ['fetch'],
    summary: 'where the weights are, their sha256, what the probe says, layers and shapes',
    options: ['weights', 'cache', 'customWeights'],
    examples: ['verger weights', 'verger weights fetch', 'verger weights --weights my.h5'],
    load: async () => (await import('./commands/weights.ts')).weights,
  },
  {
    name: 'doctor',
    group: 'This machine',
    summary: 'what this machine has, and what keeps verger from working here',
    options: ['weights', 'cache', 'customWeights', ...STORAGE],
    own: [
      new Option('--tune', 'measure how many processes serve this machine best (under a minute)'),
      new Option('--images <folder>', 'with --tune: on a sample of these images (default: drawings)'),
    ],
    examples: ['verger doctor', 'verger doctor --tune --images photos'],
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'sample',
    group: 'Images',
    argument: ['<images>', 'a folder of images, or s3://BUCKET/PREFIX'],
    summary: 'copy a seeded part of the images, with their folders, for trials',
    options: ['glob', 'label', ...STORAGE],
    own: [
      new Option('--output <folder>', 'where to copy them: a folder that is empty or not there yet'),
      new Option(
        '--fraction <share>',
        'about this share of the images, as `run --sample` chooses them',
      ).argParser(share),
      new Option('--count <number>', 'exactly so many images').argParser(count),
      new Option('--per-label', 'that share, or that number, of each label; at least one image of each'),
      new Option('--seed <number>', 'another seed chooses other images (default: 1)').argParser(seed),
    ],
    examples: [
      'verger sample photos --output few --fraction 0.05',
      'verger sample photos --output few --count 20 --per-label --seed 3',
    ],
    load: async () => (await import('./commands/sample.ts')).sample,
  },
  {
    name: 'demo',
    group: 'Images',
    summary: 'draw a small orchard, run the whole flow on it, show the result',
    options: [...MACHINE, 'customWeights', 'variance', 'components', 'standardise', 'sparkCompatible'],
    own: [new Option('--output <folder>', 'where to put images and results (default: verger-demo)')],
    examples: ['verger demo', 'VERGER_WEIGHTS=weights.h5 verger demo'],
    load: async () => (await import('./commands/demo.ts')).demo,
  },
];
