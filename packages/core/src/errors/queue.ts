import { type ErrorEntry, permanent, task } from './entry.ts';

/** Codes of the Redis server and of the jobs in it. */
export const QUEUE_ERRORS = {
  E_REDIS_UNREACHABLE: task(
    'The Redis server does not answer.',
    'Start it, or correct --redis; a run goes on where it was when the same command is given again.',
  ),
  E_REDIS_AUTH: permanent(
    1,
    'The Redis server refuses the user or the password.',
    'Correct them in the URL of --redis or VERGER_REDIS_URL; special characters there are percent-encoded.',
  ),
  E_REDIS_VERSION: permanent(1, 'The Redis server is too old.', 'Use Redis 6.2 or newer, or Valkey.'),
  E_REDIS_POLICY: permanent(
    1,
    'The Redis server may throw jobs away when its memory is full.',
    'Set `maxmemory-policy noeviction` on the server.',
  ),
  E_REDIS_DENIED: permanent(
    1,
    'The Redis user may not do what is needed.',
    'Give it the rights that docs/cluster.md lists under "Redis users".',
  ),
  E_REDIS_REFUSED: task(
    'The Redis server takes no writes.',
    'It is out of memory, cannot write its disk, or is a replica: see its log; then give the same command again.',
  ),
  E_REDIS_BUSY: task(
    'The Redis server answers, but cannot serve at present.',
    'It loads its data, runs a script, has lost its primary, or has no connection free: see its log; then give the same command again.',
  ),
  E_REDIS_CLUSTER: permanent(
    1,
    'The Redis server runs in cluster mode, which verger does not support.',
    'Name a single server (its primary): Redis or Valkey without cluster mode; of a managed store, one with cluster mode disabled.',
  ),
  E_REDIS_COMMAND: permanent(
    1,
    'The Redis server does not know a command that verger needs.',
    'Use Redis 6.2 or newer, or Valkey, without renamed or disabled commands (`rename-command`), and without a proxy that leaves some out.',
  ),
  E_REDIS_ANSWER: task(
    'The Redis server answers with an error that verger does not know.',
    'Its words are above: see its log, what stands between (a proxy), and who else writes under this --queue-prefix; then give the same command again.',
  ),
  E_JOB_PAYLOAD: permanent(
    1,
    'A job in the queue is not one that verger made.',
    'Look for who else writes to this Redis under the same prefix; `verger resume RUN` makes the jobs of a run again.',
  ),
  E_JOB_PROTOCOL: task(
    'A job in the queue was made by another release of verger.',
    'Start a worker of the release that submitted the run, or update the processes to one release.',
  ),
  E_JOB_LOST: task(
    'Too many of the processes that took a job were lost while doing it.',
    'See the logs of the workers (memory?); then `verger resume RUN`.',
  ),
  E_WORKER_STUCK: permanent(
    75,
    'The process got no job although jobs wait.',
    'Start it again (a supervisor does); if it goes on, look at the log of Redis.',
  ),
  E_CLASS_OTHER: permanent(
    1,
    'The run was begun by a worker of another numeric class, and --strict holds it to that.',
    'Use workers of one release on one kind of processor; or run again without --strict under another --name.',
  ),
  E_LOCATION_DENIED: permanent(
    1,
    'The run lies outside the places that this process may use.',
    'Start workers and reducers with --allow-root for the places of images and results, or let those that may not use them take jobs under another --queue-prefix.',
  ),
} as const satisfies Record<string, ErrorEntry>;
