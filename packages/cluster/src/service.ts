import { cpus } from 'node:os';
import type { Clock, Logger, Storage, VergerError, WorkerRef } from '@verger/core';
import { Budget } from '@verger/pipeline';
import {
  type ConsumeOptions,
  type Consumer,
  consume,
  type JobQueue,
  type Outcome,
  openQueue,
  type QueueOptions,
  type TakenJob,
} from '@verger/queue';
import { type HealthServer, serveHealth } from './health.ts';
import type { ChildOptions } from './image-pools.ts';
import type { JobServices } from './job-context.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { startWatchdog } from './watchdog.ts';

/** What a worker and a reducer are started with. */
export interface ServiceOptions extends ChildOptions {
  readonly redisUrl: string;
  readonly prefix: string;
  readonly worker: WorkerRef;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Locations below these may be worked at; empty for any. */
  readonly allowRoots: readonly string[];
  /** Where `/healthz` is served; null for nowhere. */
  readonly health: { readonly host: string; readonly port: number } | null;
  openStorage(location: string): Storage;
  /** Milliseconds without a job, while jobs wait, after which the process ends itself. */
  readonly watchdogMs: number;
  /** For tests: of the locks in the queue. */
  readonly lockMs?: number;
  readonly stalledIntervalMs?: number;
}

/** A process that takes jobs. */
export interface Service {
  /** `http://…` of the health server, or undefined. */
  readonly healthUrl: string | undefined;
  /** Resolves when it has been closed; rejects when it cannot go on (E_WORKER_STUCK). */
  readonly done: Promise<void>;
  /** How often weights were loaded. */
  readonly loads: number;
  /** Takes no more jobs, gives back after `graceMs` what is not finished by then, and ends everything. Within `graceMs` + 2 s. */
  close(graceMs: number): Promise<void>;
}

/** Bytes of images in memory at once, over all jobs. */
const IMAGE_BYTES = 256 * 1024 * 1024;

/** What distinguishes the two kinds of service. */
export interface ServiceKind {
  readonly role: 'worker' | 'reducer';
  readonly taking: ({ kinds: 'work' } | { kinds: 'reduce' }) & Pick<ConsumeOptions, 'concurrency'>;
  /** `giveUp` ends the process's `done` with an error: it is of no use here. */
  handle(
    services: JobServices,
    queue: JobQueue,
    giveUp: (error: VergerError) => void,
  ): (taken: TakenJob) => Promise<Outcome>;
  readonly loads: () => number;
  close(): Promise<void>;
}

/** Connects, takes jobs and answers for its health until closed. Errors: E_REDIS_…; what listening throws. */
export async function startService(options: ServiceOptions, kind: ServiceKind): Promise<Service> {
  const { worker, clock, logger, redisUrl, prefix } = options;
  const where: QueueOptions = { url: redisUrl, prefix, logger, name: worker.name, role: kind.role };
  const queue = await openQueue(where);
  const live: { consumer?: Consumer } = {};
  const metrics = createMetrics({
    active: () => live.consumer?.active ?? 0,
    connected: () => live.consumer?.connected ?? false,
  });
  const services: JobServices = {
    ...{ worker, clock, logger },
    imageBytes: new Budget(IMAGE_BYTES),
    turn: new Budget(1),
    emit: metrics.count,
  };
  const gaveUp = giveUpOnce();
  const handle = kind.handle(services, queue, gaveUp.giveUp);
  const taking = {
    ...kind.taking,
    handle: (taken: TakenJob) => timed(metrics, clock, taken, handle),
    alive: { host: worker.host, pid: worker.pid, cpu: worker.cpu ?? cpuModel() },
    ...(options.lockMs === undefined ? {} : { lockMs: options.lockMs }),
    ...(options.stalledIntervalMs === undefined ? {} : { stalledIntervalMs: options.stalledIntervalMs }),
  } as ConsumeOptions;
  let health: HealthServer | undefined;
  try {
    live.consumer = await consume(where, taking);
    health = await startHealth(options, live.consumer, metrics);
  } catch (error) {
    await live.consumer?.close();
    await queue.close();
    metrics.close();
    throw error;
  }
  return runService({ options, kind, queue, consumer: live.consumer, metrics, health, gaveUp });
}

async function timed(
  metrics: Metrics,
  clock: Clock,
  taken: TakenJob,
  handle: (taken: TakenJob) => Promise<Outcome>,
): Promise<Outcome> {
  const started = clock.monotonicMs();
  const outcome = await handle(taken);
  const word = Object.keys(outcome)[0] ?? 'done';
  metrics.jobDone(taken.payload.kind, word, (clock.monotonicMs() - started) / 1000);
  return outcome;
}

async function startHealth(
  { health }: ServiceOptions,
  consumer: Consumer,
  { registry }: Metrics,
): Promise<HealthServer | undefined> {
  if (health === null) return undefined;
  return await serveHealth(health, {
    sick: () => undefined,
    busy: () => (consumer.connected ? undefined : 'Redis does not answer'),
    registry,
  });
}

interface Parts {
  readonly options: ServiceOptions;
  readonly kind: ServiceKind;
  readonly queue: JobQueue;
  readonly consumer: Consumer;
  readonly metrics: Metrics;
  readonly health: HealthServer | undefined;
  readonly gaveUp: GaveUp;
}

function runService({ options, kind, queue, consumer, metrics, health, gaveUp }: Parts): Service {
  const { logger, clock, watchdogMs } = options;
  const { done, giveUp, end } = gaveUp;
  const endWatchdog = startWatchdog(
    { queue, consumer, clock, logger, kinds: kind.taking.kinds, limitMs: watchdogMs },
    giveUp,
  );
  let closing: Promise<void> | undefined;
  const close = async (graceMs: number) => {
    endWatchdog();
    logger.info({ active: consumer.active, graceMs }, 'takes no more jobs');
    await consumer.drain(graceMs);
    await Promise.all([kind.close(), queue.close(), health?.close()]);
    metrics.close();
    logger.info({}, 'ended');
    end();
  };
  return {
    healthUrl: health?.url,
    done,
    get loads() {
      return kind.loads();
    },
    close: (graceMs) => {
      closing ??= close(graceMs);
      return closing;
    },
  };
}

/** How a service ends: well, or because it is of no use. */
interface GaveUp {
  readonly done: Promise<void>;
  giveUp(error: VergerError): void;
  end(): void;
}

function giveUpOnce(): GaveUp {
  let end = () => {};
  let giveUp: (error: VergerError) => void = () => {};
  const done = new Promise<void>((resolve, reject) => {
    end = resolve;
    giveUp = reject;
  });
  done.catch(() => {}); // whoever starts a service looks at it
  return { done, giveUp, end };
}

/** CPU model as the system names it. */
export function cpuModel(): string {
  return cpus()[0]?.model.trim() ?? 'unknown';
}
