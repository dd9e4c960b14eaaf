import type { WorkerRef } from '@verger/core';
import { NO_WORKER } from '@verger/report';
import type { CachedRun, RunFacts } from '@verger/run-index';
import type { QueueFacts } from '../runs/queue-watch.ts';

/** Workers that a page shows at most; the rest are counted only. */
export const MOST_WORKERS = 1_000;

/** Where each process stands in the list of workers: it stays there while the run is followed. */
export class WorkerPlaces {
  readonly #places = new Map<string, number>();
  readonly #refs: WorkerRef[] = [];
  readonly #idleSince = new Map<number, number>();
  readonly #seenMs = new Map<number, number>();
  readonly #jobs = new Map<number, readonly string[]>();

  /** The place of a process; `NO_WORKER` for one too many. */
  of(worker: WorkerRef): number {
    const key = `${worker.name}\n${worker.host}\n${worker.pid}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    if (this.#refs.length >= MOST_WORKERS) return NO_WORKER;
    this.#places.set(key, this.#refs.length);
    return this.#refs.push(worker) - 1;
  }

  /** For how long a process has held no job, as far as was seen; milliseconds. */
  idleMs(place: number, isIdle: boolean, nowMs: number): number {
    if (!isIdle) this.#idleSince.delete(place);
    else if (!this.#idleSince.has(place)) this.#idleSince.set(place, nowMs);
    return nowMs - (this.#idleSince.get(place) ?? nowMs);
  }

  /** Notes a heartbeat of a process: when it was written, and the jobs that it named. */
  seen(place: number, atMs: number, jobs: readonly string[] = []): void {
    this.#seenMs.set(place, Math.max(atMs, this.seenMs(place)));
    this.#jobs.set(place, jobs);
  }

  /** The jobs that each process held by its last heartbeat: also of those that are silent since. */
  get jobs(): ReadonlyMap<number, readonly string[]> {
    return this.#jobs;
  }

  /** When its last heartbeat was written; 0 when none was seen. */
  seenMs(place: number): number {
    return this.#seenMs.get(place) ?? 0;
  }

  get refs(): readonly WorkerRef[] {
    return this.#refs;
  }
}

/** What is known of the processes of a run at one time. */
export interface WorkersContext {
  readonly run: Pick<CachedRun, 'records' | 'location'>;
  readonly facts: RunFacts;
  readonly queue: QueueFacts | undefined;
  readonly places: WorkerPlaces;
  /** Place in `LiveFacts.workers` of who holds a partition, by partition. */
  readonly holders: ReadonlyMap<number, number>;
  readonly nowMs: number;
}
