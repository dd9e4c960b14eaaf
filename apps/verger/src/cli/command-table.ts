import { Option } from 'commander';
import { type CommandEntry, count, MACHINE, RUN, STORAGE, seed, share } from './command-entry.ts';
import { RUN_COMMANDS } from './run-commands.ts';

/** Every command, loaded only when it is called. */
export const COMMANDS: readonly CommandEntry[] = [
  ...RUN_COMMANDS,
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
    load: async () => (await import('../commands/head.ts')).head,
  },
  {
    name: 'report',
    group: 'Results',
    argument: RUN,
    summary: 'counts, variance, time, labels and quarantine of a finished run',
    options: STORAGE,
    own: [new Option('--labels <count>', 'how many labels to show').argParser(count).default(12)],
    examples: ['verger report results', 'verger report results --json'],
    load: async () => (await import('../commands/report.ts')).report,
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
      new Option('--bom', 'begin with a byte order mark, by which Excel knows UTF-8: CSV only'),
      new Option('--force', 'write over a file that is there'),
    ],
    examples: [
      'verger export results --output projection.parquet',
      'verger export results --output features.npy --what features',
      'verger export results --output table.csv --what both --images',
    ],
    load: async () => (await import('../commands/export.ts')).exportTable,
  },
  {
    name: 'weights',
    group: 'This machine',
    argument: ['[verb]', '`fetch` downloads the weights that Keras publishes'],
    verbs: ['fetch'],
    summary: 'where the weights are, their sha256, what the probe says, layers and shapes',
    options: ['weights', 'cache', 'customWeights'],
    examples: ['verger weights', 'verger weights fetch', 'verger weights --weights my.h5'],
    load: async () => (await import('../commands/weights.ts')).weights,
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
    load: async () => (await import('../commands/doctor.ts')).doctor,
  },
  {
    name: 'sample',
    group: 'Images',
    argument: ['<images>', 'a folder of images, or s3://BUCKET/PREFIX'],
    summary: 'copy a seeded part of the images, with their folders, for trials',
    options: ['glob', 'formats', 'label', 'followLinks', ...STORAGE],
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
    load: async () => (await import('../commands/sample.ts')).sample,
  },
  {
    name: 'demo',
    group: 'Images',
    summary: 'draw a small orchard, run the whole flow on it, show the result',
    options: [
      ...MACHINE,
      'customWeights',
      'limit',
      'variance',
      'components',
      'standardise',
      'sparkCompatible',
    ],
    own: [new Option('--output <folder>', 'where to put images and results (default: verger-demo)')],
    examples: ['verger demo', 'VERGER_WEIGHTS=weights.h5 verger demo'],
    load: async () => (await import('../commands/demo.ts')).demo,
  },
];
