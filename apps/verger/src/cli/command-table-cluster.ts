import { type CommandEntry, STORAGE } from './command-entry.ts';

const SERVICE = [
  'redis',
  'queuePrefix',
  'processes',
  'childMemory',
  'imageCpu',
  'cache',
  'allowRoot',
  'health',
  'grace',
  'workerName',
  ...STORAGE,
] as const;

/** The processes of a cluster. */
export const CLUSTER_COMMANDS: readonly CommandEntry[] = [
  {
    name: 'worker',
    group: 'Cluster',
    summary: 'extract and project partitions of the runs submitted with --redis',
    options: SERVICE,
    service: true,
    examples: [
      'verger worker --redis redis://queue:6379 --allow-root s3://photos --allow-root s3://results',
      'verger worker --redis rediss://user:secret@queue --processes 4 --health 0.0.0.0:9464',
    ],
    load: async () => (await import('../commands/worker.ts')).worker,
  },
  {
    name: 'reducer',
    group: 'Cluster',
    summary: 'merge, fit and finish the runs submitted with --redis',
    options: SERVICE,
    service: true,
    examples: ['verger reducer --redis redis://queue:6379 --allow-root s3://results'],
    load: async () => (await import('../commands/reducer.ts')).reducer,
  },
];
