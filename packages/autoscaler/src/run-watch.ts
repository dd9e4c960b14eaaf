import { Budget, type Clock, forEachBounded, type Logger, VergerError } from '@verger/core';
import { PROTOCOL, type QueueReader, type RunRef } from '@verger/queue';
import { CachedRun } from '@verger/run-index';
import { isInside, type Storages } from '@verger/storage';
import { demandOf, type RunSeen } from './demand.ts';
import type { RunDemand } from './desired-capacity.ts';

/** A run that the queue no longer names is looked at for so long: its last images count; it may come back. */
const KEEP_MS = 10 * 60_000;
const CALLS = 32;
const RUNS_AT_ONCE = 16;

/** What is asked of the queue. */
export type AskedQueue = Pick<QueueReader, 'runs' | 'counts' | 'alive'>;

/** Where runs under way are found. */
export interface RunWatchOptions {
  readonly reader: AskedQueue;
  readonly storages: Storages;
  /** Folders and s3:// prefixes whose runs may ask for workers. */
  readonly places: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A run that needs workers. */
export interface RunUnderWay {
  readonly location: string;
  readonly demand: RunDemand;
}

/** What was seen of queue and storage. */
export interface Seen {
  readonly runs: readonly RunUnderWay[];
  /** Child processes of all workers that have a heartbeat; 1 for those that do not say it. */
  readonly aliveVcpus: number;
  /** Workers of earlier releases, which do not say it. */
  readonly unsizedWorkers: number;
  /** Jobs that a worker or reducer has, or could take. */
  readonly jobs: number;
  /** Images committed or projected since the last look. */
  readonly imagesDone: number;
  /** Why a run that the queue names could not be read, of one of them: it is not among the runs. */
  readonly unread: VergerError | undefined;
}

interface Tracked {
  readonly run: CachedRun;
  ref: RunRef | undefined;
  queuedMs: number;
  imagesDone: number | undefined;
}

/**
 * Looks at the runs that the queue names, and at no others: what it costs does not grow with the runs that
 * are done. Each record is read once.
 */
export class RunWatch {
  private readonly options: RunWatchOptions;
  private readonly calls = new Budget(CALLS);
  private readonly tracked = new Map<string, Tracked>();
  private readonly allowed = new Map<string, boolean>();

  constructor(options: RunWatchOptions) {
    this.options = options;
  }

  /** One look. Errors: E_REDIS_…; of a run that cannot be read see `unread`. */
  async look(): Promise<Seen> {
    const { reader, clock } = this.options;
    const [refs, counts, alive] = await Promise.all([reader.runs(), reader.counts(), reader.alive()]);
    await this.track(refs);
    await forEachBounded([...this.tracked.values()], RUNS_AT_ONCE, ({ run }) => run.look('row'));
    const nowMs = Date.parse(clock.now());
    const runs: RunUnderWay[] = [];
    let imagesDone = 0;
    let unread: VergerError | undefined;
    for (const one of this.tracked.values()) {
      if (one.run.error !== undefined) {
        if (one.ref !== undefined) unread ??= unreadError(one.run);
        continue;
      }
      const seen = demandOf(one.run, one.ref, nowMs);
      imagesDone += newImages(one, seen);
      if (seen.demand !== undefined) runs.push({ location: one.run.location, demand: seen.demand });
    }
    const workers = alive.filter(({ role, protocol }) => role === 'worker' && protocol === PROTOCOL);
    const aliveVcpus = workers.reduce((sum, { processes = 1 }) => sum + processes, 0);
    const unsizedWorkers = workers.filter(({ processes }) => processes === undefined).length;
    const jobs = Object.values(counts).reduce(
      (sum, { waiting, active, delayed }) => sum + waiting + active + delayed,
      0,
    );
    return { runs, aliveVcpus, unsizedWorkers, jobs, imagesDone, unread };
  }

  /** Begins to follow what the queue names for the first time, and drops what it no longer names. */
  private async track(refs: readonly RunRef[]): Promise<void> {
    const { storages, clock } = this.options;
    const nowMs = clock.monotonicMs();
    for (const one of this.tracked.values()) one.ref = undefined;
    for (const ref of refs) {
      if (!(await this.isAllowed(ref.location))) continue;
      let one = this.tracked.get(ref.location);
      if (one === undefined) {
        const store = storages.open(ref.location);
        const run = new CachedRun({ id: ref.runId, store, clock, calls: this.calls });
        one = { run, ref, queuedMs: nowMs, imagesDone: undefined };
        this.tracked.set(ref.location, one);
      }
      if (one.ref === undefined || one.ref.epoch < ref.epoch) one.ref = ref;
      one.queuedMs = nowMs;
    }
    for (const [location, { queuedMs }] of this.tracked)
      if (nowMs - queuedMs > KEEP_MS) this.tracked.delete(location);
  }

  /** True for a run in one of the places; another one, which anybody may have queued, is named once. */
  private async isAllowed(location: string): Promise<boolean> {
    const known = this.allowed.get(location);
    if (known !== undefined) return known;
    let isAllowed = false;
    for (const place of this.options.places) isAllowed ||= await isInside(location, place);
    this.allowed.set(location, isAllowed);
    if (!isAllowed)
      this.options.logger.warn(
        { location },
        'the queue has a run outside of every --place: it gets no workers',
      );
    return isAllowed;
  }
}

/** With what the last look at a run ended. */
function unreadError({ error, location }: CachedRun): VergerError {
  return new VergerError('E_STORAGE', { location }, { detail: `${location}: ${error}` });
}

/** Images since the last look; of a run that is seen for the first time, what was there does not count. */
function newImages(one: Tracked, { imagesDone }: RunSeen): number {
  const before = one.imagesDone ?? imagesDone;
  one.imagesDone = imagesDone;
  return Math.max(0, imagesDone - before);
}
