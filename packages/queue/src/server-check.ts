import { createHash } from 'node:crypto';
import { type Logger, VergerError } from '@verger/core';
import { bounded } from './redis-errors.ts';

/** The questions that the check asks. */
export interface CheckedClient {
  info(section: string): Promise<string>;
  eval(script: string, keys: number, key: string): Promise<unknown>;
  evalsha(sha1: string, keys: number, key: string): Promise<unknown>;
}

const OLDEST = [6, 2] as const;

/** The fields of an INFO answer, `name:value` a line. */
export function infoFields(info: string): Map<string, string> {
  return new Map(
    info.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(':');
      return colon > 0 && !line.startsWith('#')
        ? [[line.slice(0, colon), line.slice(colon + 1)] as const]
        : [];
    }),
  );
}

/** True for versions that have all commands used: 6.2 and newer. An unreadable version is not one. */
export function isNewEnough(version: string): boolean {
  const [major = Number.NaN, minor = Number.NaN] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/**
 * Checks that the server is one that keeps jobs, and that the user may write under the prefix and run
 * scripts. Five round trips. Errors: E_REDIS_CLUSTER, E_REDIS_COMMAND, E_REDIS_VERSION, E_REDIS_POLICY,
 * E_REDIS_DENIED, E_REDIS_REFUSED, E_REDIS_UNREACHABLE.
 */
export async function checkServer(
  client: CheckedClient,
  { prefix, location, logger, ms }: { prefix: string; location: string; logger: Logger; ms: number },
): Promise<void> {
  const limit = { ms, location };
  const server = infoFields(await bounded(client.info('server'), limit));
  if (server.get('redis_mode') === 'sentinel') {
    const detail = 'It is a Sentinel, which stores no jobs: use the primary that it watches.';
    throw new VergerError('E_REDIS_COMMAND', { location }, { detail });
  }
  const cluster = infoFields(await bounded(client.info('cluster'), limit));
  if (server.get('redis_mode') === 'cluster' || cluster.get('cluster_enabled') === '1') {
    throw new VergerError('E_REDIS_CLUSTER', { location }, { detail: 'Its INFO says so.' });
  }
  const version = server.get('redis_version') ?? 'unknown';
  if (!isNewEnough(version)) {
    throw new VergerError('E_REDIS_VERSION', { location }, { detail: `Its version is ${version}.` });
  }
  const policy = infoFields(await bounded(client.info('memory'), limit)).get('maxmemory_policy');
  if (policy === undefined) {
    logger.warn({ location }, 'the Redis server does not report its maxmemory-policy; it must be noeviction');
  } else if (policy !== 'noeviction') {
    throw new VergerError('E_REDIS_POLICY', { location }, { detail: `Its maxmemory-policy is ${policy}.` });
  }
  const script = "redis.call('SET', KEYS[1], '1', 'PX', '1000'); return redis.call('DEL', KEYS[1])";
  await bounded(client.eval(script, 1, `${prefix}:check`), limit);
  const sha1 = createHash('sha1').update(script).digest('hex');
  // A server that keeps no scripts is sent them each time.
  const kept = client.evalsha(sha1, 1, `${prefix}:check`).catch((error: unknown) => {
    if (!/^NOSCRIPT\b/.test(error instanceof Error ? error.message : '')) throw error;
  });
  await bounded(kept, limit);
}
