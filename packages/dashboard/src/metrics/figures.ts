/** What the metrics of the dashboard are made from. */
import type { RunState } from '@verger/core';

/** What a stage of a run has yet to do. */
export interface Backlog {
  /** Listed images of those partitions. */
  readonly images: number;
  readonly partitions: number;
}

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

/** The jobs of one queue, all runs together. */
export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

/** The names of the queues, as labels have them. */
export const QUEUE_NAMES = ['extract', 'project', 'reduce'] as const;
/** A queue, as labels have it. */
export type QueueName = (typeof QUEUE_NAMES)[number];

/** Processes of one role that understand our jobs. */
export interface Alive {
  readonly alive: number;
  /** Of those: they say themselves that they can do nothing at present. */
  readonly troubled: number;
}

/** What Redis says of queues, processes and itself. */
export interface QueueFigures {
  readonly counts: Readonly<Record<QueueName, QueueCounts>>;
  /** When the job was added that waits for longest, epoch ms; null when none waits. */
  readonly oldestMs: Readonly<Record<QueueName, number | null>>;
  readonly processes: { readonly worker: Alive; readonly reducer: Alive };
  readonly usedBytes: number;
  /** 0: no limit. */
  readonly maxBytes: number;
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
