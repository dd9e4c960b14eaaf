import { type Logger, VergerError } from '@verger/core';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { checkedPrefix, clientOf, logDrops } from './connect.ts';
import { type OldestWaiting, type RedisMemory, readMemory, readOldestWaiting } from './figures.ts';
import { readAlive } from './heartbeat.ts';
import { QUEUES } from './names.ts';
import { type Alive, parsePayload } from './payload.ts';
import { countsOf } from './queue.ts';
import { bounded, redisError } from './redis-errors.ts';
import { readRedisUrl } from './redis-url.ts';
import type { Counts, RunRef } from './types.ts';

/** How long one question may take, milliseconds: a person waits for the page. */
const ANSWER_MS = 5_000;

/** Reduce and finish jobs that are read at most: one or two per run. */
const MOST_LEADS = 1_000;
/** Jobs under way that are read at most, of each kind. */
const MOST_ACTIVE = 5_000;
/** Where a job is that has not ended. */
const PENDING = ['waiting', 'prioritized', 'active', 'delayed', 'waiting-children'] as const;

/** Where the Redis server is, and who reads. */
export interface QueueReaderOptions {
  /** `redis://` or `rediss://` (TLS), with a user that may only read. */
  readonly url: string;
  /** What all keys start with, `verger` if not given. */
  readonly prefix?: string;
  readonly logger: Logger;
  /** Name of the process: its connection carries it. */
  readonly name: string;
  /** What reads, as its connection says it. Default: `dashboard`. */
  readonly role?: 'dashboard' | 'autoscaler';
  /** The time of day, epoch milliseconds. Default: the machine's. */
  readonly nowMs?: () => number;
}

/** Why Redis cannot be read, and since when. */
export interface RedisTrouble {
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  readonly error: VergerError;
}

/** The reader's side: needs no right to write, and never fails because Redis is gone when it starts. */
export interface QueueReader {
  /** The server's URL without secrets. */
  describe(): string;
  readonly prefix: string;
  /** Undefined while the server answers. Before the first answer: since the reader was opened. */
  readonly trouble: RedisTrouble | undefined;
  /** BullMQ's objects: extract, project, reduce. Undefined until the server has answered once. */
  readonly queues: readonly Queue[] | undefined;
  /** Bounds a question to `queues`: E_REDIS_UNREACHABLE after 5 s, or at once while the server is away. */
  ask<T>(question: () => Promise<T>): Promise<T>;
  /** Live workers and reducers, with the age of each heartbeat. Errors: E_REDIS_…. */
  alive(): Promise<Alive[]>;
  /** Errors: E_REDIS_…. */
  counts(): Promise<{ extract: Counts; project: Counts; reduce: Counts }>;
  /**
   * The runs that are under way on this queue: those with a reduce or finish job that has not ended, each
   * epoch once. Reads one small record per run, at most 1,000. Errors: E_REDIS_….
   */
  runs(): Promise<RunRef[]>;
  /** Ids of the jobs that are under way, at most 5,000 of each kind. Two commands. Errors: E_REDIS_…. */
  active(): Promise<{ readonly extract: readonly string[]; readonly project: readonly string[] }>;
  /** When the job was added that waits for longest in each queue. One command. Errors: E_REDIS_…. */
  oldestWaiting(): Promise<OldestWaiting>;
  /** What the server says of its memory. One command. Errors: E_REDIS_…. */
  memory(): Promise<RedisMemory>;
  /** Closes at once. */
  close(): Promise<void>;
}

/** Begins to connect, and comes back to a lost server for ever. Errors: E_CONFIG, of URL and prefix. */
export function openQueueReader(options: QueueReaderOptions): QueueReader {
  const address = readRedisUrl(options.url);
  const { location } = address;
  const prefix = checkedPrefix(options.prefix);
  const { role = 'dashboard' } = options;
  const client = clientOf(address, { patient: false, name: `${prefix}:${role}:${options.name}` });
  const watch = watchServer(client, { location, nowMs: options.nowMs ?? Date.now });
  const drops = logDrops(client, { logger: options.logger, location });
  const made: { queues?: readonly Queue[] } = {};
  client.on('ready', () => {
    if (made.queues !== undefined) return;
    const queues = makeQueues(client, prefix);
    made.queues = queues;
    // BullMQ's objects whose first connection fails never work: others are made when it is back.
    Promise.all(queues.map((queue) => queue.waitUntilReady())).catch(() => delete made.queues);
  });
  client.connect().catch(() => {}); // said by 'error', and tried again
  const ask = async <T>(question: () => Promise<T>) => {
    if (client.status !== 'ready' && watch.trouble !== undefined) throw watch.trouble.error;
    const fault: { own?: unknown } = {};
    const asked = question().catch((error: unknown) => {
      if (isOwnFault(error)) fault.own = error;
      throw error;
    });
    try {
      const answer = await bounded(asked, { ms: ANSWER_MS, location });
      watch.answered();
      return answer;
    } catch (error) {
      if (fault.own !== undefined) throw fault.own;
      const known = redisError(error, location);
      watch.failed(known);
      throw known;
    }
  };
  return {
    describe: () => location,
    prefix,
    get trouble() {
      return watch.trouble;
    },
    get queues() {
      return made.queues;
    },
    ask,
    alive: () => ask(() => readAlive(client, prefix, { readOnly: true, withAge: true })),
    counts: () =>
      ask(async () => {
        const [extract, project, reduce] = await Promise.all((made.queues ?? []).map(countsOf));
        if (extract === undefined || project === undefined || reduce === undefined) throw notYet(location);
        return { extract, project, reduce };
      }),
    runs: () =>
      ask(async () => {
        const lead = made.queues?.[2];
        if (lead === undefined) throw notYet(location);
        return await readRuns(lead);
      }),
    active: () =>
      ask(async () => {
        const [extract, project] = made.queues ?? [];
        if (extract === undefined || project === undefined) throw notYet(location);
        const ids = (queue: Queue) => queue.getRanges(['active'], 0, MOST_ACTIVE - 1);
        return { extract: await ids(extract), project: await ids(project) };
      }),
    oldestWaiting: () => ask(() => readOldestWaiting(client, prefix)),
    memory: () => ask(() => readMemory(client)),
    async close() {
      drops.stop();
      client.disconnect();
    },
  };
}

/** `skipMetasUpdate`: BullMQ writes its version into each queue otherwise. */
function makeQueues(client: Redis, prefix: string): readonly Queue[] {
  return [QUEUES.extract, QUEUES.project, QUEUES.reduce].map((name) => {
    const queue = new Queue(name, { connection: client, prefix, skipMetasUpdate: true });
    queue.on('error', () => {}); // the questions say it
    return queue;
  });
}

/** The runs whose lead jobs are not at their end. What is no job of ours is left out. */
async function readRuns(queue: Queue): Promise<RunRef[]> {
  const jobs = await queue.getJobs([...PENDING], 0, MOST_LEADS - 1);
  const runs = new Map<string, RunRef>();
  for (const job of jobs) {
    const parsed = parsePayload(job?.data);
    if (!parsed.ok) continue;
    const { location, runId, epoch, priority } = parsed.payload;
    runs.set(`${epoch} ${location}`, { location, runId, epoch, priority });
  }
  return [...runs.values()];
}

/** True for a fault of what asks, such as text that cannot be decoded: it says nothing about the server. */
function isOwnFault(error: unknown): boolean {
  return [TypeError, RangeError, URIError, SyntaxError].some((kind) => error instanceof kind);
}

function notYet(location: string): VergerError {
  return new VergerError('E_REDIS_UNREACHABLE', { location }, { detail: 'It has not answered yet.' });
}

/** Knows whether the server answers, from the connection and from what became of questions. */
function watchServer(
  client: Redis,
  { location, nowMs }: { location: string; nowMs: () => number },
): { readonly trouble: RedisTrouble | undefined; answered(): void; failed(error: VergerError): void } {
  let trouble: RedisTrouble | undefined = { sinceMs: nowMs(), error: notYet(location) };
  const failed = (error: VergerError) => {
    trouble = { sinceMs: trouble?.sinceMs ?? nowMs(), error };
  };
  client.on('error', (error: unknown) => failed(redisError(error, location)));
  client.on('close', () => {
    const detail = 'The connection was closed.';
    if (trouble === undefined) failed(new VergerError('E_REDIS_UNREACHABLE', { location }, { detail }));
  });
  client.on('ready', () => {
    trouble = undefined;
  });
  return {
    get trouble() {
      return trouble;
    },
    answered: () => {
      trouble = undefined;
    },
    failed,
  };
}
