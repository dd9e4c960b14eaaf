import { AUTOSCALER_OPTIONS, DASHBOARD_OPTIONS } from '@verger/runtime';
import { Option } from 'commander';
import {
  CHILDREN,
  type CommandEntry,
  count,
  IMAGES,
  MACHINE,
  PCA,
  QUEUE,
  RUN,
  STORAGE,
  seed,
  share,
  under,
} from './command-entry.ts';
import { RUN_COMMANDS } from './run-commands.ts';

const SERVICE = [
  ...QUEUE,
  ...CHILDREN,
  'cache',
  'allowRoot',
  'health',
  'grace',
  'workerName',
  'instanceType',
  ...STORAGE,
] as const;

const DASHBOARD = DASHBOARD_OPTIONS.map(({ name }) => name);

const AUTOSCALER = AUTOSCALER_OPTIONS.map(({ name }) => name);

const REDIS = {
  description: 'Redis server (redis:// or rediss://) whose jobs this process takes',
  defaultText: 'none, required',
} as const;

/** A reducer's children shrink images for pages, and load no weights. */
const REDUCER_WORDING = {
  redis: REDIS,
  processes: { description: 'number of child processes that merge sums, fit and finish' },
  imageCpu: { description: 'not used: a reducer extracts nothing' },
  engine: { description: 'not used: a reducer extracts nothing' },
  tfjsNode: { description: 'not used: a reducer extracts nothing' },
  cache: { description: 'not used: a reducer needs no weights' },
} as const;

/** Every command, loaded only when it is called. */
export const COMMANDS: readonly CommandEntry[] = [
  ...RUN_COMMANDS,
  ...under('Results', [
    {
      name: 'head',
      arguments: [RUN],
      summary: 'show the first rows of the projection or of the features',
      options: STORAGE,
      own: [
        new Option('-n, --rows <count>', 'number of rows').argParser(count).default(10),
        new Option('--features', 'show features instead of the projection'),
      ],
      examples: ['verger head results -n 3', 'verger head results --features --json'],
      load: async () => (await import('../commands/head.ts')).head,
    },
    {
      name: 'report',
      arguments: [RUN],
      summary: 'show counts, variance, time, labels and quarantine of a finished run',
      options: ['processes', 'childMemory', ...STORAGE],
      wording: {
        processes: { description: 'with --html: number of child processes that compute the page' },
        childMemory: { description: 'with --html: memory limit of each child process' },
      },
      own: [
        new Option('--html <file>', 'write the page of the run here; existing files need --force'),
        new Option('--force', 'with --html: overwrite an existing file'),
        new Option('--labels <count>', 'number of labels to show').argParser(count).default(12),
        new Option('--prices <file>', 'price table for the cost of workers (default: infra/aws/prices.json)'),
      ],
      examples: [
        'verger report results',
        'verger report results --json',
        'verger report results --html report.html',
      ],
      load: async () => (await import('../commands/report.ts')).report,
    },
    {
      name: 'export',
      arguments: [RUN],
      summary: 'write a finished run to one file: CSV, Parquet or NumPy',
      options: STORAGE,
      own: [
        new Option('--output <file>', 'file to write, or a folder for it; existing files need --force'),
        new Option('--format <format>', 'csv, parquet or npy (default: from the file name)'),
        new Option('--what <lists>', 'features, projection or both (default: projection)'),
        new Option('--images', 'include the images, as base64; CSV only'),
        new Option('--raw', 'do not escape cells that a spreadsheet would run as formulas; CSV only'),
        new Option('--bom', 'start with a byte order mark, so that Excel reads UTF-8; CSV only'),
        new Option('--force', 'overwrite an existing file'),
      ],
      examples: [
        'verger export results --output projection.parquet',
        'verger export results --output features.npy --what features',
        'verger export results --output table.csv --what both --images',
      ],
      load: async () => (await import('../commands/export.ts')).exportTable,
    },
    {
      name: 'plot',
      arguments: [RUN],
      summary: 'draw the projection or the variance of a finished run as SVG, for a paper',
      options: STORAGE,
      own: [
        new Option('--output <file>', 'SVG file to write, or a folder for it; existing files need --force'),
        new Option('--kind <kind>', 'scatter, or variance: the cumulative variance (default: scatter)'),
        new Option('--components <x,y>', 'the two components of a scatter (default: 1,2)'),
        new Option('--labels <names>', 'only these labels, separated by commas (default: all)'),
        new Option('--size <mm>', 'width and height in mm (default: 180x120)'),
        new Option('--background <colour>', 'none or white (default: none)'),
        new Option('--title <text>', 'a title above the plot (default: none)'),
        new Option('--force', 'overwrite an existing file'),
      ],
      examples: [
        'verger plot results --output scatter.svg',
        'verger plot results --output pears.svg --labels Pear,Quince --components 2,3 --size 88x70',
        'verger plot results --output variance.svg --kind variance --background white',
      ],
      load: async () => (await import('../commands/plot.ts')).plot,
    },
  ]),
  ...under('This machine', [
    {
      name: 'weights',
      arguments: [['[verb]', '`fetch` downloads the weights published by Keras']],
      verbs: ['fetch'],
      summary: 'show the weights file, its sha256, the probe result and the layers',
      options: ['weights', 'cache', 'customWeights'],
      examples: ['verger weights', 'verger weights fetch', 'verger weights --weights my.h5'],
      load: async () => (await import('../commands/weights.ts')).weights,
    },
    {
      name: 'doctor',
      summary: 'check that verger can run on this machine',
      options: ['engine', 'tfjsNode', 'weights', 'cache', 'customWeights', ...STORAGE],
      own: [
        new Option('--tune', 'measure processes, float32 and int8 (about a minute)'),
        new Option(
          '--images <folder>',
          'with --tune: measure on a sample of these images (default: drawings)',
        ),
      ],
      examples: ['verger doctor', 'verger doctor --tune --images photos'],
      load: async () => (await import('../commands/doctor.ts')).doctor,
    },
  ]),
  ...under('Images', [
    {
      name: 'sample',
      arguments: [IMAGES],
      summary: 'copy a random sample of the images, with their folders',
      options: ['glob', 'formats', 'label', 'followLinks', ...STORAGE],
      own: [
        new Option('--output <folder>', 'where to copy them: an empty or new folder, or s3://BUCKET/PREFIX'),
        new Option(
          '--fraction <share>',
          'copy about this share of the images, the same as `run --sample`',
        ).argParser(share),
        new Option('--count <number>', 'copy exactly this many images').argParser(count),
        new Option('--per-label', 'apply --fraction or --count to each label; at least one image per label'),
        new Option('--seed <number>', 'seed; another one chooses other images (default: 1)').argParser(seed),
      ],
      examples: [
        'verger sample photos --output few --fraction 0.05',
        'verger sample photos --output few --count 20 --per-label --seed 3',
      ],
      load: async () => (await import('../commands/sample.ts')).sample,
    },
    {
      name: 'demo',
      summary: 'draw test images, run the whole pipeline on them, and show the result',
      options: [
        ...[...MACHINE, 'customWeights', 'limit', ...PCA, 'noReport'],
        ...['precision', 'calibrationImages'],
      ],
      wording: { weights: { defaultText: 'those in the cache folder; without them untrained ones' } },
      own: [new Option('--output <folder>', 'folder for images and results (default: verger-demo)')],
      examples: ['verger demo', 'VERGER_WEIGHTS=weights.h5 verger demo'],
      load: async () => (await import('../commands/demo.ts')).demo,
    },
  ]),
  ...under('Cluster', [
    {
      name: 'worker',
      summary: 'extract and project partitions of the runs submitted with --redis',
      options: SERVICE,
      wording: {
        redis: REDIS,
        cache: { description: 'folder for the weights of runs, which this worker downloads' },
      },
      service: true,
      examples: [
        'verger worker --redis redis://queue:6379 --allow-root s3://photos --allow-root s3://results',
        'verger worker --redis rediss://user:secret@queue --processes 4 --health 0.0.0.0:9464',
      ],
      load: async () => (await import('./serve.ts')).worker,
    },
    {
      name: 'reducer',
      summary: 'merge, fit and finish the runs submitted with --redis',
      options: SERVICE,
      wording: REDUCER_WORDING,
      service: true,
      examples: ['verger reducer --redis redis://queue:6379 --allow-root s3://results'],
      load: async () => (await import('./serve.ts')).reducer,
    },
    {
      name: 'dashboard',
      summary: 'serve a web page of the runs in some places and of the queues of a Redis server',
      options: [...DASHBOARD, ...QUEUE, 'allowRoot', 'health', 'workerName', 'weights', 'cache', ...STORAGE],
      wording: {
        redis: {
          description: 'Redis server (redis:// or rediss://) whose queues are shown',
          defaultText: 'none: only runs are shown',
        },
        allowRoot: {
          description:
            'folder or s3:// prefix whose images the pages of runs may show, beside those of --place',
          defaultText: 'none; without a login, runs in folders show images of any place',
        },
        weights: { description: 'with --allow-actions: weights of the runs that are resumed' },
        cache: { description: 'with --allow-actions: folder for weights' },
      },
      service: true,
      examples: [
        'verger dashboard --place results',
        'verger dashboard --place s3://results --redis redis://verger-dashboard:secret@queue:6379',
        'VERGER_DASHBOARD_PASSWORD_FILE=password verger dashboard --place results --listen 0.0.0.0:3000',
      ],
      load: async () => (await import('../commands/dashboard.ts')).dashboard,
    },
    {
      name: 'autoscaler',
      summary: 'ask an Auto Scaling group for the workers that the runs under way need',
      options: ['place', ...AUTOSCALER, ...QUEUE, 'health', 'workerName', ...STORAGE],
      wording: {
        redis: {
          description: 'Redis server (redis:// or rediss://) whose runs are followed; it is only read',
          defaultText: 'none, required',
        },
        place: { description: 'folder or s3:// prefix whose runs may ask for workers' },
      },
      service: true,
      examples: [
        'verger autoscaler --place s3://results --redis redis://queue:6379 --group verger-workers',
        'verger autoscaler --place s3://results --redis redis://queue:6379 --health 127.0.0.1:9464',
      ],
      load: async () => (await import('../commands/autoscaler.ts')).autoscaler,
    },
  ]),
];
