import type { WorkerRef } from '@verger/core';
import { isSameQueue } from '@verger/driver/runs';
import type { Alive } from '@verger/queue';
import { type LiveWorker, NO_WORKER, type Trouble } from '@verger/report';
import type { CachedRun, RunFacts } from '@verger/run-index';
import type { QueueFacts } from '../runs/queue-watch.ts';
import { workerTroubles } from './worker-trouble.ts';

/** Workers that a page shows at most; the rest are counted only. */
export const MOST_WORKERS = 1_000;

/** Where each process stands in the list of workers: it stays there while the run is followed. */
export class WorkerPlaces {
  readonly #places = new Map<string, number>();
  readonly #refs: WorkerRef[] = [];
  readonly #idleSince = new Map<number, number>();
  readonly #seenMs = new Map<number, number>();

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

  /** Notes that a process was seen alive. */
  seen(place: number, nowMs: number): void {
    this.#seenMs.set(place, nowMs);
  }

  /** When it was seen alive last; 0 when never. */
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

interface Done {
  partitions: number;
  images: number;
  lastMs: number;
  wallMs: number;
  childMs: number;
}

/** The processes that work on a run, or have: from commits, failures and heartbeats. */
export function workersOf(context: WorkersContext): LiveWorker[] {
  const { run, facts, queue, places, holders, nowMs } = context;
  const done = doneBy(run, places);
  const failed = new Map<number, number>();
  for (const { worker, at } of run.records.failures.values()) {
    const place = places.of(worker);
    failed.set(place, Math.max(failed.get(place) ?? 0, Date.parse(at) || 0));
  }
  const isOurs = isSameQueue(queue?.state.queue, facts.epoch?.queue);
  const alive = new Map<number, Alive>();
  if (isOurs) {
    for (const one of queue?.state.alive ?? []) {
      if (one.role !== 'worker' || facts.state !== 'running') continue;
      alive.set(places.of(one), one);
      places.seen(places.of(one), nowMs);
    }
  }
  const beats = isOurs && queue?.state.alive !== undefined && facts.state === 'running';
  const workers = places.refs.map((ref, place): LiveWorker => {
    const of = done.get(place);
    const beat = alive.get(place);
    const held = [...holders].filter(([, holder]) => holder === place).map(([partition]) => partition);
    // Of who is alive it would change with each look.
    const seenMs = beat === undefined ? places.seenMs(place) : 0;
    const last = Math.max(of?.lastMs ?? 0, failed.get(place) ?? 0, seenMs);
    return {
      ...{ name: ref.name, host: ref.host, pid: ref.pid, cpu: beat?.cpu ?? ref.cpu ?? null },
      processes: beat?.processes ?? null,
      alive: beats ? beat !== undefined : null,
      ...{ partitions: of?.partitions ?? 0, images: of?.images ?? 0 },
      perSecond: beat?.perSecond ?? (of === undefined || of.wallMs === 0 ? null : pace(of)),
      lastMs: last === 0 ? null : last,
      holds: beats ? held : null,
      trouble: [],
    };
  });
  return workers.map((worker, place): LiveWorker => {
    const trouble: Trouble[] = workerTroubles(worker, {
      beat: alive.get(place),
      msPerImage: msPerImage(done.get(place)),
      others: [...done].filter(([other]) => other !== place).flatMap(([, of]) => msPerImage(of) ?? []),
      ...{ place, context },
    });
    return { ...worker, trouble };
  });
}

const pace = ({ images, wallMs }: Done) => Math.round((images / wallMs) * 1e5) / 100;

/** Time of a child per image; undefined before there are enough to tell. */
function msPerImage(done: Done | undefined): number | undefined {
  return done === undefined || done.images < 20 ? undefined : done.childMs / done.images;
}

function doneBy({ records }: WorkersContext['run'], places: WorkerPlaces): Map<number, Done> {
  const done = new Map<number, Done>();
  const { table } = records;
  if (table === undefined) return done;
  const at = table.workerRefs.map((ref) => places.of(ref));
  table.each((_, row) => {
    const place = at[row.worker] ?? NO_WORKER;
    const of = done.get(place) ?? { partitions: 0, images: 0, lastMs: 0, wallMs: 0, childMs: 0 };
    const fresh = row.extracted + row.quarantined - row.reused;
    of.partitions += 1;
    of.images += fresh;
    of.lastMs = Math.max(of.lastMs, row.atMs);
    of.wallMs += row.wallMs;
    of.childMs += fresh > 0 ? row.childMs : 0;
    done.set(place, of);
  });
  return done;
}
