/** What the metrics of the dashboard are made from. */
import type { RunState } from '@verger/core';
import type { OldestWaiting, QueueReader, RedisMemory } from '@verger/queue';
import type { Backlog } from '@verger/run-index';

/** One run, as storage shows it. */
export interface RunFigures {
  readonly runId: string;
  /** `damaged`: its records cannot be read, and all numbers are 0. */
  readonly state: RunState | 'damaged';
  /** Listed images. */
  readonly images: number;
  readonly extracted: number;
  readonly quarantined: number;
  readonly backlog: { readonly extract: Backlog; readonly project: Backlog };
  /**
   * When its newest partition was committed, or its newest epoch opened if that is later; epoch ms. Null: not
   * known.
   */
  readonly movedMs: number | null;
}

/** The names of the queues, as labels have them. */
export const QUEUE_NAMES = ['extract', 'project', 'reduce'] as const;

/** Processes of one role that understand our jobs. */
export interface ProcessCounts {
  readonly alive: number;
  /** Of those: they say themselves that they can do nothing at present. */
  readonly troubled: number;
}

/** What Redis says of queues, processes and itself. */
export interface QueueFigures extends RedisMemory {
  /** Jobs by queue, all runs together. */
  readonly counts: Awaited<ReturnType<QueueReader['counts']>>;
  readonly oldestMs: OldestWaiting;
  readonly processes: { readonly worker: ProcessCounts; readonly reducer: ProcessCounts };
}

/** Who is asked at a scrape. What an answer costs is theirs to bound: each is asked at most once in 5 s. */
export interface MetricSources {
  /** The outputs that the dashboard was given. */
  readonly places: readonly string[];
  /** The runs of one of them. Errors: E_STORAGE, E_S3_…: the place counts as down. */
  runs(place: string): Promise<readonly RunFigures[]>;
  /** Absent: the dashboard was given no Redis. Errors: E_REDIS_…: Redis counts as down. */
  queue?(): Promise<QueueFigures>;
}
