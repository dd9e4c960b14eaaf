import { DEADLINE_WORDS, DEFAULT_QUEUE_PREFIX, operationalOptionsSchema, readDeadline } from '@verger/core';
import { off, optionsOf } from './option-entry.ts';

const operational = operationalOptionsSchema.shape;

/** Options of a cluster: its queue, and what a worker or reducer may do. Never part of a run id. */
export const CLUSTER_OPTIONS = optionsOf('operational', [
  {
    name: 'redis',
    flag: '--redis <url>',
    env: 'VERGER_REDIS_URL',
    description: 'Redis server (redis:// or rediss://) whose workers process the run',
    defaultText: 'none: this machine does the work',
    expects: 'a URL that starts with redis:// or rediss://, with user and password percent-encoded',
    secret: true,
    schema: operational.redis,
  },
  {
    name: 'queuePrefix',
    flag: '--queue-prefix <word>',
    description: 'prefix of the keys in Redis',
    defaultText: DEFAULT_QUEUE_PREFIX,
    expects: 'letters, digits, ".", "_" and "-"',
    schema: operational.queuePrefix,
  },
  {
    name: 'priority',
    flag: '--priority <word>',
    description: 'priority of the run in the queue: low, normal or high',
    defaultText: 'normal',
    expects: 'low, normal or high',
    schema: operational.priority,
  },
  {
    name: 'allowRoot',
    flag: '--allow-root <place>',
    env: 'VERGER_ALLOW_ROOTS',
    description: 'folder or s3:// prefix where a worker or reducer may read images and write results',
    defaultText: 'any place',
    kind: 'list',
    expects: 'folders or s3:// prefixes',
    schema: operational.allowRoots,
  },
  {
    name: 'health',
    flag: '--health <address>',
    description: 'address that serves /healthz, /readyz and /metrics, such as 127.0.0.1:9464',
    defaultText: 'none',
    expects: 'an address and a port, such as 127.0.0.1:9464 or 0.0.0.0:9464',
    schema: operational.health,
  },
  {
    name: 'grace',
    flag: '--grace <seconds>',
    description: 'seconds allowed to finish current jobs on SIGTERM',
    defaultText: '30',
    kind: 'integer',
    expects: 'a whole number from 0 to 3,600',
    schema: operational.graceSeconds,
  },
  {
    name: 'workerName',
    flag: '--worker-name <name>',
    description: 'name of this process in records, logs and the queue',
    defaultText: 'host and process id',
    expects: 'letters, digits, ".", "_" and "-", at most 64',
    schema: operational.workerName,
  },
  {
    name: 'instanceType',
    flag: '--instance-type <type>',
    description: 'kind of this machine in records, such as c7a.xlarge: what it costs is known by it',
    defaultText: 'none',
    expects: 'the name of an instance type, such as c7a.xlarge',
    schema: operational.instanceType,
  },
  {
    name: 'deadline',
    flag: '--deadline <time>',
    env: null,
    description: 'with --redis: when the run should be done, such as 30m or 18:30; an autoscaler follows it',
    defaultText: 'none',
    expects: DEADLINE_WORDS,
    schema: operational.deadline.refine(
      (text) => text === null || readDeadline(text, Date.now()) !== undefined,
    ),
  },
  {
    ...off,
    name: 'detach',
    flag: '--detach',
    env: null,
    description: 'with --redis: return after submitting; the workers finish the run',
    schema: operational.detach,
  },
  {
    ...off,
    name: 'strict',
    flag: '--strict',
    env: null,
    description: 'with --redis: only workers with bit-identical features may extract',
    schema: operational.strict,
  },
]);
