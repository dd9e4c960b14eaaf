import { DEFAULT_QUEUE_PREFIX, type Logger, VergerError } from '@verger/core';
import { Redis } from 'ioredis';
import { PREFIX } from './names.ts';
import { isAuthError, redisError } from './redis-errors.ts';
import { checkServer } from './server-check.ts';
import type { QueueOptions } from './types.ts';

/** How long a server may take to be there when a process starts, milliseconds. */
export const CONNECT_MS = 10_000;

/** A silent connection is given up after so long, milliseconds: longer than the longest wait for a job (10 s). */
const SILENT_MS = 30_000;

const MAX_RETRY_MS = 2_000;

/** An open, checked connection, and what belongs to it. */
export interface Connection {
  readonly client: Redis;
  readonly prefix: string;
  readonly logger: Logger;
  /** The URL without secrets. */
  readonly location: string;
  /** Closes at once; commands under way fail. */
  end(): void;
}

/** A Redis URL without password and query; E_CONFIG for anything else than `redis:` and `rediss:`. */
export function safeUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (
    parsed === undefined ||
    (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') ||
    parsed.hostname === ''
  ) {
    throw new VergerError(
      'E_CONFIG',
      { option: '--redis' },
      { detail: 'It is not a redis:// or rediss:// URL.' },
    );
  }
  const user = parsed.username === '' ? '' : `${parsed.username}@`;
  return `${parsed.protocol}//${user}${parsed.host}${parsed.pathname === '/' ? '' : parsed.pathname}`;
}

/**
 * Connects and checks the server. `patient` connections wait for a lost server for ever, as BullMQ's workers need; others fail their
 * commands after the second failed attempt to come back. Errors: those of `checkServer`, E_REDIS_AUTH, E_CONFIG.
 */
export async function connect(
  options: QueueOptions,
  { patient, waitMs = CONNECT_MS }: { patient: boolean; waitMs?: number },
): Promise<Connection> {
  const location = safeUrl(options.url);
  const prefix = options.prefix ?? DEFAULT_QUEUE_PREFIX;
  if (!PREFIX.test(prefix)) {
    throw new VergerError(
      'E_CONFIG',
      {},
      { detail: `${JSON.stringify(prefix)} is no prefix of Redis keys.` },
    );
  }
  const client = new Redis(options.url, {
    lazyConnect: true,
    maxRetriesPerRequest: patient ? null : 2,
    connectTimeout: 5_000,
    socketTimeout: SILENT_MS,
    disconnectTimeout: 200,
    disableClientInfo: true, // CLIENT SETINFO is younger than the oldest server
    connectionName: `${prefix}:${options.role}:${options.name}`.replace(/[^!-~]+/g, '-'),
    retryStrategy: (times) =>
      Math.min(50 * 2 ** Math.min(times, 10), MAX_RETRY_MS) * (0.5 + Math.random() / 2),
  });
  const { logger } = options;
  try {
    const deadline = Date.now() + waitMs;
    await firstReady(client, { location, waitMs });
    await checkServer(client, { prefix, logger, location, ms: Math.max(1_000, deadline - Date.now()) });
  } catch (error) {
    client.disconnect();
    throw error;
  }
  const drops = logDrops(client, { logger, location });
  const end = () => {
    drops.stop();
    client.disconnect();
  };
  return { client, prefix, logger, location, end };
}

/** Resolves when the server has answered; rejects at once when it refuses the user, and when it was not there in time. */
async function firstReady(
  client: Redis,
  { location, waitMs }: { location: string; waitMs: number },
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let last: unknown = new Error(`No answer within ${waitMs / 1000} s.`);
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(redisError(last, location)), waitMs);
      client.once('ready', resolve);
      client.on('error', (error: unknown) => {
        last = error;
        const known = redisError(error, location);
        if (isAuthError(error) || known.code === 'E_REDIS_DENIED') reject(known);
      });
      client.connect().catch(() => {}); // said by 'error', and tried again until the timer ends
    });
  } finally {
    clearTimeout(timer);
    client.removeAllListeners('error');
    client.on('error', () => {}); // 'close' and 'ready' tell what happens from now on
  }
}

/** One line when the connection is lost, one when it is back. */
function logDrops(
  client: Redis,
  { logger, location }: { logger: Logger; location: string },
): { stop(): void } {
  let lost = false;
  const onClose = () => {
    if (!lost) logger.warn({ location }, 'the connection to Redis is lost');
    lost = true;
  };
  client.on('close', onClose);
  client.on('ready', () => {
    if (lost) logger.info({ location }, 'the connection to Redis is back');
    lost = false;
  });
  return { stop: () => client.off('close', onClose) };
}
