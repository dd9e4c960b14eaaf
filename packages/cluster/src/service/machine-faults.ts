import type { Clock, ErrorCode, Logger, VergerError } from '@verger/core';
import type { Refused, TakenJob } from '@verger/queue';

/** What may be the fault of the process that took the job, or of its machine: another one may do the job. */
const OWN: readonly ErrorCode[] = [
  'E_CHILD_START',
  'E_ENGINE_MISSING',
  'E_INPUT_MISSING',
  'E_INPUT_UNREADABLE',
  'E_LOCATION_DENIED',
  'E_NUMERIC_CLASS',
  'E_OUTPUT_FULL',
  'E_OUTPUT_NOT_WRITABLE',
  'E_PLATFORM',
  'E_REDIS_AUTH',
  'E_REDIS_CLUSTER',
  'E_REDIS_COMMAND',
  'E_REDIS_DENIED',
  'E_S3_ACCOUNT',
  'E_S3_BUCKET',
  'E_S3_CLOCK',
  'E_S3_CREDENTIALS',
  'E_S3_ENCRYPTED',
  'E_S3_FORBIDDEN',
  'E_S3_REFUSED',
  'E_S3_REGION',
  'E_WEIGHTS_PROBE',
];

/**
 * What is this machine's own and mends without a new release or setting: no job and no attempt is blamed,
 * however often it is met.
 */
const PASSING: readonly ErrorCode[] = ['E_MACHINE_LIMIT', 'E_S3_EXPIRED'];
/**
 * The machine cannot work, though whether that is its own fault is not known: it is not ready, and goes on.
 */
const CUT_OFF: readonly ErrorCode[] = ['E_S3_UNREACHABLE'];

/** What is about one run: the process may do the jobs of others. */
const OF_RUN: readonly ErrorCode[] = [
  'E_LOCATION_DENIED',
  'E_CLASS_OTHER',
  'E_ENGINE_PRECISION',
  'E_INT8_CPU',
];

/** A process that can do nothing that it takes for so long is of no use here. */
const GIVE_UP_MS = 10 * 60_000;
const MAX_REST_MS = 60_000;
/**
 * Without a job for so long after a fault, it is not known whether that lasts: longer than a rest and a wait.
 */
const FORGOTTEN_MS = 2 * 60_000 + 10_000;
/**
 * How often one process meets the fault at one job before it is the job's: when others might do it, and when
 * nobody else is there.
 */
const MET_WITH_OTHERS = 8;
const MET_ALONE = 3;
/** Jobs that are remembered. */
const KEPT = 1000;

/**
 * The process that an `MachineFaults` is of: its clock, how it rests and ends, and whether others are there.
 */
export interface MachineFaultsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes no job for so many milliseconds. */
  rest(ms: number): void;
  /** Ends the process's `done`. */
  giveUp(error: VergerError): void;
  /** True when another live process takes the same kinds of jobs. */
  others(): Promise<boolean>;
}

/**
 * What one process could not do for reasons that may be its own. A machine without its disk, its credentials
 * or its memory must not fail a run that others can do: it gives the job back, rests longer each time, and
 * ends after ten minutes of nothing else. Time without a job is none of these: after two minutes of it a
 * fault is forgotten.
 */
export class MachineFaults {
  readonly #options: MachineFaultsOptions;
  /** Job id -> how often it was met. */
  readonly #counts = new Map<string, number>();
  /** `epoch runId code` of faults that were the run's in the end. */
  readonly #ofRun = new Set<string>();
  #inARow = 0;
  #sinceMs: number | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** Jobs under way. */
  #active = 0;
  #trouble: VergerError | undefined;
  #troubleRun: string | undefined;

  constructor(options: MachineFaultsOptions) {
    this.#options = options;
  }

  static is({ code }: VergerError): boolean {
    return OWN.includes(code);
  }

  /**
   * Of what may pass: true where it keeps this process from all jobs. It then rests, longer each time, and
   * ends after ten minutes of nothing else; the job is for others.
   */
  passes(error: VergerError): boolean {
    if (CUT_OFF.includes(error.code)) this.#met(error);
    if (!PASSING.includes(error.code)) return false;
    this.#rest(error);
    return true;
  }

  /** Does the job: while one is under way, no fault is forgotten. */
  async during<T>(job: () => Promise<T>): Promise<T> {
    if (this.#isForgotten) this.succeeded();
    this.#active += 1;
    try {
      return await job();
    } finally {
      this.#active -= 1;
    }
  }

  /** The newest fault, until a job is done, or none was under way for two minutes. */
  get trouble(): VergerError | undefined {
    return this.#isForgotten ? undefined : this.#trouble;
  }

  /** Location of the run that the newest fault is about; undefined where it may keep the process from all. */
  get troubleRun(): string | undefined {
    return this.trouble === undefined ? undefined : this.#troubleRun;
  }

  /** A job was done: whatever was wrong is over. */
  succeeded(): void {
    this.#inARow = 0;
    this.#trouble = undefined;
    this.#sinceMs = undefined;
  }

  /** How often a job has come back to this process, this time included. */
  count(jobId: string): number {
    const times = (this.#counts.get(jobId) ?? 0) + 1;
    this.#counts.delete(jobId);
    this.#counts.set(jobId, times);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > KEPT && oldest !== undefined) this.#counts.delete(oldest);
    return times;
  }

  /**
   * After such a fault: true when it counts as the job's; else this process rests, and the job is for others.
   */
  async countsAgainstJob({ id, payload }: TakenJob, error: VergerError): Promise<boolean> {
    const ofRun = `${payload.epoch} ${payload.runId} ${error.code}`;
    if (this.#ofRun.has(ofRun)) return true;
    const others = await this.#options.others().catch(() => true);
    if (this.count(id) >= (others ? MET_WITH_OTHERS : MET_ALONE)) {
      if (!others) this.#ofRun.add(ofRun);
      return true;
    }
    this.#rest(error, payload.location);
    return false;
  }

  #rest(error: VergerError, run?: string): void {
    this.#met(error, run);
    this.#inARow += 1;
    const restMs = Math.min(MAX_REST_MS, 1000 * 2 ** (this.#inARow - 1));
    this.#options.logger.warn({ code: error.code, restMs }, `cannot work: ${error.message}`);
    this.#options.rest(restMs);
    this.blocked(error, run);
  }

  #met(error: VergerError, run?: string): void {
    if (this.#isForgotten) this.succeeded();
    this.#trouble = error;
    this.#troubleRun = OF_RUN.includes(error.code) ? run : undefined;
    this.#lastMs = this.#options.clock.monotonicMs();
  }

  get #isForgotten(): boolean {
    return this.#active === 0 && this.#options.clock.monotonicMs() - this.#lastMs > FORGOTTEN_MS;
  }

  /**
   * Redis answers what this process asks with errors: the end of it when that has lasted for ten minutes,
   * without a job done in between.
   */
  refused({ error, sinceMs }: Refused): void {
    if (this.#options.clock.monotonicMs() - sinceMs > GIVE_UP_MS) this.#options.giveUp(error);
  }

  /**
   * This process was kept from a job of the run at that location: the end of it when it has done nothing else
   * for ten minutes.
   */
  blocked(error: VergerError, run?: string): void {
    this.#met(error, run);
    const nowMs = this.#options.clock.monotonicMs();
    this.#sinceMs ??= nowMs;
    if (nowMs - this.#sinceMs > GIVE_UP_MS) this.#options.giveUp(error);
  }
}
