import { DEFAULT_QUEUE_PREFIX, type Logger, VergerError } from '@verger/core';
import { Redis } from 'ioredis';
import { PREFIX } from './names.ts';
import { rarely } from './rarely.ts';
import { bounded, isAnswer, redisError } from './redis-errors.ts';
import { type RedisAddress, readRedisUrl } from './redis-url.ts';
import { checkServer } from './server-check.ts';
import type { QueueOptions } from './types.ts';

/** How long a server may take to be there when a process starts, milliseconds. */
export const CONNECT_MS = 10_000;

/**
 * A silent connection is given up after so long, milliseconds: longer than the longest wait for a job (10 s).
 */
const SILENT_MS = 30_000;

const MAX_RETRY_MS = 2_000;

/** An open, checked connection, and what belongs to it. */
export interface Connection {
  readonly client: Redis;
  readonly prefix: string;
  readonly logger: Logger;
  /** The URL without secrets. */
  readonly location: string;
  /**
   * What the server has answered to the newest try to connect; undefined while it is connected, and when it
   * did not answer.
   */
  lastAnswer(): Error | undefined;
  /**
   * Calls back when a try to connect is answered with an error, and with nothing when it is connected again.
   */
  onAnswer(listener: (error: Error | undefined) => void): void;
  /** Closes at once; commands under way fail. */
  end(): void;
}

/**
 * Connects and checks the server. `patient` connections wait for a lost server for ever, as BullMQ's workers
 * need; others fail their commands after the second failed attempt to come back. Errors: those of
 * `checkServer`, E_REDIS_AUTH, E_CONFIG (the URL, or a database that the server does not have).
 */
export async function connect(options: QueueOptions, { patient }: { patient: boolean }): Promise<Connection> {
  const { connectMs: waitMs = CONNECT_MS } = options;
  const address = readRedisUrl(options.url);
  const { location } = address;
  const prefix = checkedPrefix(options.prefix);
  const client = clientOf(address, { patient, name: `${prefix}:${options.role}:${options.name}` });
  const { logger } = options;
  try {
    const deadline = Date.now() + waitMs;
    await firstReady(client, { address, waitMs });
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
  return { client, prefix, logger, location, ...listenToAnswers(client), end };
}

/** What all keys start with, `verger` if not given. Errors: E_CONFIG. */
export function checkedPrefix(prefix: string = DEFAULT_QUEUE_PREFIX): string {
  if (PREFIX.test(prefix)) return prefix;
  const detail = `${JSON.stringify(prefix)} is not a valid prefix for Redis keys.`;
  throw new VergerError('E_CONFIG', {}, { detail });
}

/**
 * A client that is not connected yet. It comes back to a lost server for ever; `patient` says whether its
 * commands wait for that.
 */
export function clientOf(
  { location: _, family, tls, ...address }: RedisAddress,
  { patient, name }: { patient: boolean; name: string },
): Redis {
  return new Redis({
    ...address,
    ...(family === undefined ? {} : { family }),
    ...(tls ? { tls: {} } : {}),
    lazyConnect: true,
    maxRetriesPerRequest: patient ? null : 2,
    connectTimeout: 5_000,
    socketTimeout: SILENT_MS,
    disconnectTimeout: 200,
    disableClientInfo: true, // CLIENT SETINFO is younger than the oldest server
    connectionName: name.replace(/[^!-~]+/g, '-'),
    retryStrategy: (times) =>
      Math.min(50 * 2 ** Math.min(times, 10), MAX_RETRY_MS) * (0.5 + Math.random() / 2),
  });
}

/**
 * Resolves when the server is ready; rejects at once when it answers with what does not heal, else with the
 * newest error when it was not ready in time.
 */
async function firstReady(
  client: Redis,
  { address, waitMs }: { address: RedisAddress; waitMs: number },
): Promise<void> {
  const { location, db } = address;
  let timer: NodeJS.Timeout | undefined;
  let last: unknown = new Error(`No answer within ${waitMs / 1000} s.`);
  let noDatabase = false;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(notReady(last, address)), waitMs);
      client.once('ready', resolve);
      client.on('error', (error: unknown) => {
        // What was answered says more than the closed connection after it.
        if (isAnswer(error) || !isAnswer(last)) last = error;
        const known = redisError(error, location);
        if (known.code === 'E_CONFIG') noDatabase = true;
        else if (known.permanent) reject(known);
      });
      client.connect().catch(() => {}); // said by 'error', and tried again until the timer ends
    });
    if (noDatabase) throw await noSuchDatabase(client, { db, location });
  } finally {
    clearTimeout(timer);
    client.removeAllListeners('error');
    client.on('error', () => {}); // 'close' and 'ready' tell what happens from now on
  }
}

/**
 * The error of a server that was not ready in time. A TLS handshake with a server without TLS ends in
 * silence.
 */
function notReady(last: unknown, { location, tls }: RedisAddress): VergerError {
  const error = redisError(last, location);
  if (!tls || error.code !== 'E_REDIS_UNREACHABLE') return error;
  const said = error.detail?.replace(/\.$/, '');
  const detail = `${said}. If the server does not use TLS, its URL must start with redis://.`;
  return new VergerError(error.code, error.place, { detail, cause: error.cause });
}

/** E_CONFIG with the number of databases, as far as the server tells. */
async function noSuchDatabase(
  client: Redis,
  { db, location }: { db: number; location: string },
): Promise<VergerError> {
  const limit = { ms: 2_000, location };
  const answer = await bounded(client.config('GET', 'databases'), limit).catch(() => []);
  const count = Number(Array.isArray(answer) ? answer[1] : Number.NaN);
  const has = Number.isInteger(count)
    ? `The server has ${count} databases, numbered from 0 to ${count - 1}.`
    : 'Most servers have 16, numbered from 0 to 15; managed ones often have only 0.';
  const detail = `The server has no database ${db}. ${has}`;
  return new VergerError('E_CONFIG', { option: '--redis', location }, { detail });
}

function listenToAnswers(client: Redis): Pick<Connection, 'lastAnswer' | 'onAnswer'> {
  let last: Error | undefined;
  let tell: (error: Error | undefined) => void = () => {};
  client.on('error', (error: unknown) => {
    if (!(error instanceof Error) || !isAnswer(error)) return;
    last = error;
    tell(error);
  });
  client.on('ready', () => {
    last = undefined;
    tell(undefined);
  });
  return {
    lastAnswer: () => last,
    onAnswer: (listener) => {
      tell = listener;
    },
  };
}

/** One line when the connection is lost, one when it is back; a minute apart where that goes on. */
export function logDrops(
  client: Redis,
  { logger, location }: { logger: Logger; location: string },
): { stop(): void } {
  const say = rarely(logger, { monotonicMs: () => performance.now() });
  const fields = { location };
  let lost = false;
  const onClose = () => {
    if (!lost) say('lost', { level: 'warn', fields, message: 'lost the connection to Redis' });
    lost = true;
  };
  client.on('close', onClose);
  client.on('ready', () => {
    if (lost) say('back', { level: 'info', fields, message: 'the connection to Redis is back' });
    lost = false;
  });
  return { stop: () => client.off('close', onClose) };
}
