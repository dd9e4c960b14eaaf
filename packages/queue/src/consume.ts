import { defer, within } from '@verger/core';
import type { Job, WorkerOptions } from 'bullmq';
import { CarefulWorker } from './careful-worker.ts';
import { CONNECT_MS, type Connection, connect } from './connect.ts';
import { startHeartbeat } from './heartbeat.ts';
import { QUEUES, type QueueKey } from './names.ts';
import { bounded, isAnswer } from './redis-errors.ts';
import { Refusals } from './refusals.ts';
import { JobAborted, outcomeOf, settle, type Taken } from './taken.ts';
import type { ConsumeOptions, Consumer, Outcome, QueueOptions, Refused } from './types.ts';

/**
 * Finished jobs that are kept: what a live run of 20,000 partitions needs to see its states, several times.
 */
const KEEP = { age: 24 * 3600, count: 50_000 } as const;

/**
 * After the grace: for handlers to see their signal, for jobs to go back, for connections to close;
 * milliseconds.
 */
const ABORT_MS = 450;
const GIVE_BACK_MS = 450;
const CLOSE_MS = 300;

const NOT_ANSWERING_MS = 15_000;

/** Jobs that a heartbeat names at most. */
const MOST_JOBS = 64;

const GIVEN_BACK: Outcome = { again: 0, reason: 'the process ends' };

/**
 * Connects, checks the server as `openQueue` does, and takes jobs until drained or closed: one BullMQ worker
 * a queue. Errors: those of `openQueue`; later ones are logged once a minute, waited for with growing pauses,
 * and told by `refused`.
 */
export async function consume(queue: QueueOptions, options: ConsumeOptions): Promise<Consumer> {
  const connection = await connect(queue, { patient: true });
  const parts: { consumer?: JobConsumer; heartbeat?: Heartbeat } = {};
  try {
    const refusals = refusalsOf(connection, options);
    const facts = { ...options.alive, name: queue.name, role: queue.role };
    const trouble = () => options.trouble?.();
    parts.heartbeat = await startHeartbeat(connection, facts, {
      ...{ refusals, trouble },
      now: () => ({ jobs: parts.consumer?.jobs ?? [], perSecond: options.perSecond?.() }),
    });
    parts.consumer = new JobConsumer(connection, { heartbeat: parts.heartbeat, refusals, options });
    const lastAnswer = () => refusals.refused?.error;
    const { location } = connection;
    await bounded(parts.consumer.ready(), { ms: queue.connectMs ?? CONNECT_MS, location, lastAnswer });
    return parts.consumer;
  } catch (error) {
    parts.heartbeat?.stop();
    await parts.consumer?.close();
    connection.end();
    throw error;
  }
}

const MACHINE_CLOCK = { monotonicMs: () => performance.now() };

function refusalsOf(connection: Connection, { clock = MACHINE_CLOCK, onRefused, pausesMs }: ConsumeOptions) {
  const { location, logger } = connection;
  const refusals = new Refusals({
    ...{ location, logger, clock, pausesMs },
    onRefused: (refused) => onRefused?.(refused),
  });
  connection.onAnswer((error) => {
    if (error === undefined) refusals.well('connect');
    else refusals.met('connect', error);
  });
  return refusals;
}

type Heartbeat = Awaited<ReturnType<typeof startHeartbeat>>;

class JobConsumer implements Consumer {
  readonly #connection: Connection;
  readonly #heartbeat: Heartbeat;
  readonly #refusals: Refusals;
  readonly #options: ConsumeOptions;
  readonly #workers: CarefulWorker[];
  readonly #taken = new Set<Taken>();
  #lastTakenMs = 0;
  #drained: Promise<void> | undefined;
  #idle: (() => void) | undefined;
  #resting: NodeJS.Timeout | undefined;

  constructor(
    connection: Connection,
    { heartbeat, refusals, options }: { heartbeat: Heartbeat; refusals: Refusals; options: ConsumeOptions },
  ) {
    this.#connection = connection;
    this.#heartbeat = heartbeat;
    this.#refusals = refusals;
    this.#options = options;
    this.#workers =
      options.kinds === 'work'
        ? [
            this.#worker('project', options.concurrency.project),
            this.#worker('extract', options.concurrency.extract),
          ]
        : [this.#worker('reduce', options.concurrency.reduce)];
  }

  /** A BullMQ worker whose first connection fails never works: that is to be seen by who starts it. */
  async ready(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.waitUntilReady()));
  }

  get active(): number {
    return this.#taken.size;
  }

  /** Ids of the jobs under way; at most as many as a heartbeat names. */
  get jobs(): string[] {
    return [...this.#taken].flatMap(({ job }) => job.id ?? []).slice(0, MOST_JOBS);
  }

  get lastTakenMs(): number {
    return this.#lastTakenMs;
  }

  get connected(): boolean {
    const answered = Date.now() - this.#heartbeat.lastMs < NOT_ANSWERING_MS;
    const connected =
      this.#connection.client.status === 'ready' && this.#workers.every((worker) => worker.waits);
    return connected && answered && this.refused === undefined;
  }

  get refused(): Refused | undefined {
    return this.#refusals.refused;
  }

  get draining(): boolean {
    return this.#drained !== undefined;
  }

  rest(ms: number): void {
    if (this.draining) return;
    clearTimeout(this.#resting);
    for (const worker of this.#workers) void worker.pause(true).catch(() => {});
    this.#resting = setTimeout(() => {
      for (const worker of this.#workers) void worker.resume();
    }, ms);
  }

  drain(graceMs: number): Promise<void> {
    clearTimeout(this.#resting);
    this.#drained ??= this.#drain(graceMs);
    return this.#drained;
  }

  close(): Promise<void> {
    return this.drain(0);
  }

  #worker(queue: QueueKey, concurrency: number): CarefulWorker {
    const { client, prefix, logger } = this.#connection;
    const refusals = this.#refusals;
    const options: WorkerOptions & { refusals: Refusals } = {
      refusals,
      connection: client,
      prefix,
      concurrency,
      lockDuration: this.#options.lockMs ?? 60_000,
      stalledInterval: this.#options.stalledIntervalMs ?? 30_000,
      maxStalledCount: this.#options.maxStalledCount ?? 20,
      removeOnComplete: KEEP,
      removeOnFail: KEEP,
      runRetryDelay: 1_000,
    };
    const worker = new CarefulWorker(
      QUEUES[queue],
      (job, token) => this.#process(queue, job, token ?? ''),
      options,
    );
    worker.on('error', (error) => {
      // That Redis is away is said once; each try to come back would be another line.
      if (client.status === 'ready' || isAnswer(error)) refusals.say(error);
      else logger.debug({ queue: QUEUES[queue], reason: error.message }, 'the queue');
    });
    worker.on('lockRenewalFailed', (ids) => {
      const lost = [...this.#taken].filter(
        ({ job }) => job.queueName === QUEUES[queue] && ids.includes(job.id ?? ''),
      );
      for (const taken of lost) {
        taken.controller.abort(
          new JobAborted('LockLost', 'the lock of the job is lost: it may be done elsewhere'),
        );
      }
    });
    return worker;
  }

  async #process(queue: QueueKey, job: Job, token: string): Promise<string> {
    const { promise: givenBack, resolve } = defer<Outcome>();
    const giveBack = () => resolve(GIVEN_BACK);
    const taken: Taken = { job, token, controller: new AbortController(), giveBack };
    if (this.#drained !== undefined) return settle(taken, GIVEN_BACK, this.#refusals);
    this.#taken.add(taken);
    this.#lastTakenMs = Date.now();
    try {
      const { logger } = this.#connection;
      const handle = this.#options.handle.bind(this.#options);
      const outcome = await Promise.race([outcomeOf(taken, { queue, logger, handle }), givenBack]);
      return await settle(taken, outcome, this.#refusals);
    } finally {
      this.#taken.delete(taken);
      if (this.#taken.size === 0) this.#idle?.();
    }
  }

  async #drain(graceMs: number): Promise<void> {
    this.#heartbeat.stop();
    const closed = this.#workers.map((worker) => worker.close());
    await settled(graceMs, this.#whenIdle());
    if (this.#taken.size > 0) {
      const reason = new JobAborted('GiveBack', 'the process ends and gives the job back');
      for (const { controller } of this.#taken) controller.abort(reason);
      await settled(ABORT_MS, this.#whenIdle());
      for (const taken of this.#taken) taken.giveBack();
      await settled(GIVE_BACK_MS, this.#whenIdle());
    }
    await settled(CLOSE_MS, Promise.all([...closed, this.#heartbeat.forget()]));
    for (const worker of this.#workers) worker.abandon();
    this.#connection.end();
  }

  #whenIdle(): Promise<void> {
    if (this.#taken.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }
}

/**
 * Waits for the promise, but no longer than so many milliseconds. Its error is nothing: what follows is the
 * same.
 */
async function settled(ms: number, promise: Promise<unknown>): Promise<void> {
  const nothing = async () => {};
  await within<unknown>(promise.catch(nothing), ms, nothing);
}
