import { type ErrorEntry, permanent, task } from './entry.ts';

/** Errors of the Redis server and of the jobs in it. */
export const QUEUE_ERRORS = {
  E_REDIS_UNREACHABLE: task(
    'The Redis server does not answer.',
    'Start it, or correct --redis; the same command then continues the run where it was.',
  ),
  E_REDIS_AUTH: permanent(
    'The Redis server rejects the user or the password.',
    'Correct them in the URL of --redis or VERGER_REDIS_URL; percent-encode special characters.',
  ),
  E_REDIS_VERSION: permanent('The Redis server is too old.', 'Use Redis 6.2 or newer, or Valkey.'),
  E_REDIS_POLICY: permanent(
    'The Redis server may evict jobs when its memory is full.',
    'Set `maxmemory-policy noeviction` on the server.',
  ),
  E_REDIS_DENIED: permanent(
    'The Redis user lacks permissions that verger needs.',
    'Grant the permissions that docs/cluster.md lists under "Redis users".',
  ),
  E_REDIS_REFUSED: task(
    'The Redis server does not accept writes.',
    'It is out of memory, cannot write to its disk, or is a replica: see its log, then run the same ' +
      'command again.',
  ),
  E_REDIS_BUSY: task(
    'The Redis server answers, but cannot serve requests now.',
    'It is loading its data, running a script, out of connections, or has lost its primary: see its log, ' +
      'then run the same command again.',
  ),
  E_REDIS_CLUSTER: permanent(
    'The Redis server runs in cluster mode, which verger does not support.',
    'Use a Redis or Valkey server without cluster mode (the primary, if it has replicas); a managed one ' +
      'needs cluster mode disabled.',
  ),
  E_REDIS_COMMAND: permanent(
    'The Redis server lacks a command that verger needs.',
    'Use Redis 6.2 or newer, or Valkey, with no commands renamed or disabled (`rename-command`) and no ' +
      'proxy that lacks some.',
  ),
  E_REDIS_ANSWER: task(
    'The Redis server answers with an error that verger does not know.',
    'See its message above and its log; check for a proxy in between, and for others who write under this ' +
      '--queue-prefix; then run the same command again.',
  ),
  E_JOB_PAYLOAD: permanent(
    'A job in the queue was not created by verger.',
    'Find out who else writes to this Redis under the same prefix; `verger resume RUN` recreates the jobs ' +
      'of a run.',
  ),
  E_JOB_PROTOCOL: task(
    'A job in the queue was created by another release of verger.',
    'Start a worker of the release that submitted the run, or update all processes to the same release.',
  ),
  E_JOB_LOST: task(
    'A job lost its worker too many times.',
    'Check the logs of the workers (out of memory?), then use `verger resume RUN`.',
  ),
  E_WORKER_STUCK: permanent(
    'This process got no job although jobs are waiting.',
    'Restart it (a supervisor does); if it happens again, check the log of Redis.',
    75,
  ),
  E_CLASS_OTHER: permanent(
    'The run was started by a worker of another numeric class, and --strict requires that class.',
    'Use workers of one release with one --engine on one kind of processor, or run again without --strict ' +
      'under another --name.',
  ),
  E_LOCATION_DENIED: permanent(
    'A place of the run is outside those that this process may use.',
    'Start workers and reducers with --allow-root for both images and results, or give those that may not ' +
      'use them another --queue-prefix.',
  ),
} as const satisfies Record<string, ErrorEntry>;
