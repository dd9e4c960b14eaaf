import type { Clock, Logger, VergerError } from '@verger/core';
import type { Alive, AliveNow, JobKind, JobPayload, Role } from './payload.ts';

/** One epoch of a run, as its jobs name it. */
export type RunRef = Pick<JobPayload, 'location' | 'runId' | 'epoch' | 'priority'>;

/** Where the Redis server is, and who connects. */
export interface QueueOptions {
  /** `redis://` or `rediss://` (TLS), with user and password if the server wants them. */
  readonly url: string;
  /** What all keys start with, `verger` if not given. */
  readonly prefix?: string;
  readonly logger: Logger;
  /** Name of the process: its connections carry it, and its heartbeat. */
  readonly name: string;
  readonly role: Role;
  /** For tests: how long the server may take to be there at the start, milliseconds; 10,000 if not given. */
  readonly connectMs?: number | undefined;
}

/** `waiting` includes jobs with a priority; `absent` is a job that Redis does not know (any more). */
export type JobState =
  | 'waiting'
  | 'waiting-children'
  | 'active'
  | 'delayed'
  | 'completed'
  | 'failed'
  | 'absent';

/** Numbers of jobs of one kind of queue, all runs together. */
export interface Counts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

/** What a process says of itself in its heartbeat; name and role are those of its `QueueOptions`. */
export type AliveFacts = Omit<Alive, 'name' | 'role' | 'protocol' | keyof Trouble | keyof AliveNow>;

/** Why a process can do nothing at present, `E_CODE: sentence`, or can do nothing for one run. */
export interface Trouble {
  readonly trouble: string;
  /** Location of the run that it is about; undefined for all jobs. */
  readonly troubleRun?: string | undefined;
}

/**
 * The producer's and watcher's side. Every method fails within 20 s with E_REDIS_UNREACHABLE when Redis does
 * not answer, and at once with the code of its answer (E_REDIS_REFUSED, E_REDIS_BUSY, …) when it refuses.
 */
export interface JobQueue {
  /** The server's URL without secrets. */
  describe(): string;
  /**
   * Adds the jobs of partitions and their parent (`reduce` of extract jobs, `finish` of project jobs). Doing
   * it again adds nothing.
   */
  submit(run: RunRef, stage: 'extract' | 'project', partitions: readonly number[]): Promise<void>;
  /** State of the jobs of these partitions, read in slices. */
  states(
    run: RunRef,
    kind: 'extract' | 'project',
    partitions: readonly number[],
  ): Promise<Map<number, JobState>>;
  /** State of the two jobs of the whole run. */
  jobStates(run: RunRef): Promise<{ reduce: JobState; finish: JobState }>;
  /** Why a job failed for good, `E_CODE: sentence`; undefined when it did not. */
  failedReason(run: RunRef, kind: JobKind, partition: number | null): Promise<string | undefined>;
  counts(): Promise<{ extract: Counts; project: Counts; reduce: Counts }>;
  /** Live workers and reducers. */
  alive(): Promise<Alive[]>;
  /** Returns within 5 s, even with Redis down. */
  close(): Promise<void>;
}

/** A job that this process has taken and holds the lock of. */
export interface TakenJob {
  readonly id: string;
  readonly payload: JobPayload;
  /** How often the job has been taken, from 1. */
  readonly started: number;
  /** Aborted when the lock is lost or the job must be given back; its reason is an Error. */
  readonly signal: AbortSignal;
}

/** What became of a taken job. */
export type Outcome =
  | { readonly done: true; readonly note?: string }
  /** To be taken again after so many milliseconds; uses no attempt. */
  | { readonly again: number; readonly reason: string }
  /**
   * `reduce` and `finish`: to be taken again when the jobs below it are done, or in 2 s when none is pending.
   */
  | { readonly waitForChildren: true }
  /** Final: `E_CODE: sentence`. */
  | { readonly failed: string };

/** Since when the server answers what a consumer asks with errors. */
export interface Refused {
  /** The oldest that lasts, with the server's words. */
  readonly error: VergerError;
  /** Of the consumer's clock: the first refusal since all was well, or since a job was last done. */
  readonly sinceMs: number;
}

/** Who takes jobs, of which queues, and how many at a time. */
export type ConsumeOptions = (
  | { readonly kinds: 'work'; readonly concurrency: { readonly extract: number; readonly project: number } }
  | { readonly kinds: 'reduce'; readonly concurrency: { readonly reduce: number } }
) & {
  /** Does the job. What it throws is logged and tried again after 5 s. */
  handle(job: TakenJob): Promise<Outcome>;
  readonly alive: AliveFacts;
  /** What its heartbeat says of its troubles. */
  trouble?(): Trouble | undefined;
  /** Images per second that its heartbeat tells; undefined: none. */
  perSecond?(): number | undefined;
  /** Told each time that the server answers with an error. */
  onRefused?(refused: Refused): void;
  /** Default: the machine's. */
  readonly clock?: Pick<Clock, 'monotonicMs'>;
  /**
   * For tests: how long it pauses after such an answer, and at most, when they go on; 1,000 and 60,000 if not
   * given.
   */
  readonly pausesMs?: { readonly first: number; readonly longest: number } | undefined;
  /** How long a lock lasts without renewal, 60,000 if not given. */
  readonly lockMs?: number | undefined;
  /** How often lost jobs are looked for, 30,000 if not given. */
  readonly stalledIntervalMs?: number | undefined;
  /** How often a job may be lost before it fails, 20 if not given. */
  readonly maxStalledCount?: number;
};

/** Takes jobs until it is drained or closed. */
export interface Consumer {
  /** Jobs under way. */
  readonly active: number;
  /** When the last job was taken, epoch milliseconds; 0 before the first. */
  readonly lastTakenMs: number;
  /** True while Redis answers, and does what it is asked. */
  readonly connected: boolean;
  /** What Redis answers with errors, since when; undefined while there is no such answer. */
  readonly refused: Refused | undefined;
  /** True once it takes no more jobs. */
  readonly draining: boolean;
  /** Takes no jobs for so many milliseconds from now; what is under way goes on. */
  rest(ms: number): void;
  /**
   * Takes no more; waits up to `graceMs` for what is under way, then aborts its signals and gives the jobs
   * back. Returns within `graceMs` + 1,500 ms, also with Redis down.
   */
  drain(graceMs: number): Promise<void>;
  /** `drain(0)`. */
  close(): Promise<void>;
}
