import { cpus } from 'node:os';
import { Budget, type Clock, type Logger, type WorkerRef } from '@verger/core';
import {
  type ConsumeOptions,
  type Consumer,
  consume,
  type JobQueue,
  type Outcome,
  openQueue,
  PROTOCOL,
  type QueueOptions,
  type Refused,
  type TakenJob,
} from '@verger/queue';
import type { JobServices } from '../jobs/job-context.ts';
import type { OpenStorage } from '../jobs/open-runs.ts';
import { failedReason } from '../jobs/record-outcomes.ts';
import type { ChildOptions } from '../worker/image-pools.ts';
import { type GaveUp, giveUpOnce } from './give-up.ts';
import { type HealthServer, serveHealth } from './health.ts';
import { ImageRate } from './image-rate.ts';
import { MachineFaults } from './machine-faults.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { startWatchdog } from './stuck-worker.ts';

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
  openStorage: OpenStorage;
  /** Milliseconds without a job, while jobs wait, after which the process ends itself. */
  readonly watchdogMs: number;
  /** For tests: of the locks in the queue. */
  readonly lockMs?: number;
  readonly stalledIntervalMs?: number;
  /** For tests: how long Redis may take to be there at the start. */
  readonly connectMs?: number;
  /** For tests: pauses after an error answer of Redis. */
  readonly pausesMs?: { readonly first: number; readonly longest: number };
}

/** A process that takes jobs. */
export interface Service {
  /** `http://…` of the health server, or undefined. */
  readonly healthUrl: string | undefined;
  /** Resolves when it has been closed; rejects when it cannot go on (E_WORKER_STUCK). */
  readonly done: Promise<void>;
  /** How often weights were loaded. */
  readonly loads: number;
  /**
   * Takes no more jobs, gives back after `graceMs` what is not finished by then, and ends everything. Within
   * `graceMs` + 2 s.
   */
  close(graceMs: number): Promise<void>;
}

/** Bytes of images in memory at once, over all jobs. */
const IMAGE_BYTES = 256 * 1024 * 1024;

/** What distinguishes the two kinds of service. */
export interface ServiceKind {
  readonly role: 'worker' | 'reducer';
  readonly taking: ({ kinds: 'work' } | { kinds: 'reduce' }) & Pick<ConsumeOptions, 'concurrency'>;
  handle(services: JobServices, queue: JobQueue, own: MachineFaults): (taken: TakenJob) => Promise<Outcome>;
  readonly loads: () => number;
  close(): Promise<void>;
}

/** Connects, takes jobs and answers for its health until closed. Errors: E_REDIS_…; what listening throws. */
export async function startService(options: ServiceOptions, kind: ServiceKind): Promise<Service> {
  try {
    return await connectService(options, kind);
  } catch (error) {
    await kind.close();
    throw error;
  }
}

async function connectService(options: ServiceOptions, kind: ServiceKind): Promise<Service> {
  const { worker, logger, redisUrl, prefix, connectMs } = options;
  const where: QueueOptions = {
    ...{ url: redisUrl, prefix, logger, name: worker.name, role: kind.role, connectMs },
  };
  const queue = await openQueue(where);
  const live: Live = {};
  try {
    live.metrics = createMetrics({
      role: kind.role,
      active: () => live.consumer?.active ?? 0,
      connected: () => live.consumer?.connected ?? false,
      loads: () => kind.loads(),
    });
    const { metrics } = live;
    const gaveUp = giveUpOnce();
    const own = ownFaults(options, kind, { queue, live, gaveUp });
    const consumer = await consume(where, takingOf(options, kind, { queue, live, metrics, own }));
    live.consumer = consumer;
    const health = await startHealth(options, { consumer, metrics, own, gaveUp });
    return runService({ options, kind, queue, consumer, metrics, health, gaveUp });
  } catch (error) {
    await live.consumer?.close();
    await queue.close();
    live.metrics?.close();
    throw error;
  }
}

/** What is there once it has been started: the parts ask each other. */
interface Live {
  consumer?: Consumer;
  metrics?: Metrics;
}

function ownFaults(
  { clock, logger, worker }: ServiceOptions,
  kind: ServiceKind,
  { queue, live, gaveUp }: { queue: JobQueue; live: Live; gaveUp: GaveUp },
): MachineFaults {
  return new MachineFaults({
    ...{ clock, logger, giveUp: gaveUp.giveUp },
    rest: (ms) => live.consumer?.rest(ms),
    others: async () => {
      const peers = (await queue.alive()).filter(
        ({ role, protocol }) => role === kind.role && protocol === PROTOCOL,
      );
      return peers.some(
        ({ host, pid, name }) => host !== worker.host || pid !== worker.pid || name !== worker.name,
      );
    },
  });
}

function takingOf(
  options: ServiceOptions,
  kind: ServiceKind,
  { queue, live, metrics, own }: { queue: JobQueue; live: Live; metrics: Metrics; own: MachineFaults },
): ConsumeOptions {
  const { worker, clock, logger, lockMs, stalledIntervalMs, pausesMs } = options;
  const rate = new ImageRate(clock);
  const services: JobServices = {
    ...{ worker, clock, logger },
    imageBytes: new Budget(IMAGE_BYTES),
    turn: new Budget(1),
    emit: (event) => {
      metrics.count(event);
      if (event.type === 'images:done' && event.found !== true)
        rate.done(event.extracted + event.quarantined);
    },
  };
  const handle = kind.handle(services, queue, own);
  return {
    ...kind.taking,
    handle: (taken: TakenJob) => own.during(() => timed(metrics, clock, taken, handle)),
    alive: {
      ...{ host: worker.host, pid: worker.pid, cpu: worker.cpu ?? cpuModel() },
      processes: options.processes,
    },
    trouble: () => {
      const trouble = own.trouble ?? live.consumer?.refused?.error;
      if (trouble === undefined) return undefined;
      return { trouble: failedReason(trouble), troubleRun: own.troubleRun };
    },
    perSecond: () => rate.perSecond(),
    onRefused: (refused: Refused) => own.refused(refused),
    clock,
    ...{ pausesMs, lockMs, stalledIntervalMs },
  } as ConsumeOptions;
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
  { consumer, metrics, own, gaveUp }: Pick<Parts, 'consumer' | 'metrics' | 'gaveUp'> & { own: MachineFaults },
): Promise<HealthServer | undefined> {
  if (health === null) return undefined;
  return await serveHealth(health, {
    sick: () => gaveUp.reason?.message,
    busy: () => {
      if (consumer.draining) return 'It takes no more jobs';
      const refused = consumer.refused?.error;
      if (refused !== undefined) return failedReason(refused);
      return consumer.connected ? own.trouble?.message : 'Redis does not answer';
    },
    registry: metrics.registry,
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
    logger.info({ active: consumer.active, graceMs }, 'taking no more jobs');
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

/** CPU model as the system names it. */
export function cpuModel(): string {
  return cpus()[0]?.model.trim() ?? 'unknown';
}
