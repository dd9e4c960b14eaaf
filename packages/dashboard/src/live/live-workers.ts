import type { Failure } from '@verger/core';
import { isSameQueue } from '@verger/driver/runs';
import { type Alive, BEAT_MS } from '@verger/queue';
import { type LiveWorker, NO_WORKER } from '@verger/report';
import type { WorkerPlaces, WorkersContext } from './worker-context.ts';
import { DIED, workerTroubles } from './worker-trouble.ts';

interface Done {
  partitions: number;
  images: number;
  lastMs: number;
  wallMs: number;
  childMs: number;
}

/** A heartbeat that is older was missed: a busy machine may be some seconds late. */
const LATE_MS = BEAT_MS + 3_000;

/** The processes that work on a run, or have: from commits, failures and heartbeats. */
export function workersOf(context: WorkersContext): LiveWorker[] {
  const { run, facts, queue, places, holders, nowMs } = context;
  const done = doneBy(run, places);
  const failed = new Map<number, number>();
  const deaths = new Map<number, Failure[]>();
  for (const failure of run.records.failures.values()) {
    const place = places.of(failure.worker);
    failed.set(place, Math.max(failed.get(place) ?? 0, Date.parse(failure.at) || 0));
    if (DIED.includes(failure.code)) deaths.set(place, [...(deaths.get(place) ?? []), failure]);
  }
  const isOurs = isSameQueue(queue?.state.queue, facts.epoch?.queue);
  const alive = new Map<number, Alive>();
  if (isOurs) {
    for (const one of queue?.state.alive ?? []) {
      if (one.role !== 'worker' || facts.state !== 'running') continue;
      const place = places.of(one);
      const beatMs = (Date.parse(queue?.at ?? '') || nowMs) - (one.ageMs ?? 0);
      places.seen(place, beatMs, one.jobs);
      // The key of one that was killed lives on for some seconds.
      if ((one.ageMs ?? 0) < LATE_MS) alive.set(place, one);
    }
  }
  const beats = isOurs && queue?.state.alive !== undefined && facts.state === 'running';
  const holdsOf = new Map<number, number[]>();
  for (const [partition, holder] of holders) {
    const held = holdsOf.get(holder);
    if (held === undefined) holdsOf.set(holder, [partition]);
    else held.push(partition);
  }
  const workers = places.refs.map((ref, place): LiveWorker => {
    const of = done.get(place);
    const beat = alive.get(place);
    const held = holdsOf.get(place) ?? [];
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
  const usualOf = usualWithout(done);
  return workers.map((worker, place): LiveWorker => {
    const trouble = workerTroubles(worker, {
      beat: alive.get(place),
      msPerImage: msPerImage(done.get(place)),
      usual: usualOf(place),
      deaths: deaths.get(place) ?? [],
      ...{ place, context },
    });
    return { ...worker, trouble };
  });
}

/** The median time per image of all workers but one. Cost: one sort for all of them. */
function usualWithout(done: ReadonlyMap<number, Done>): (place: number) => number | undefined {
  const sorted = [...done]
    .flatMap(([place, of]) => {
      const ms = msPerImage(of);
      return ms === undefined ? [] : [{ place, ms }];
    })
    .sort((a, b) => a.ms - b.ms);
  const ranks = new Map(sorted.map(({ place }, at) => [place, at]));
  return (place) => {
    const rank = ranks.get(place);
    if (rank === undefined) return sorted[sorted.length >> 1]?.ms;
    const middle = (sorted.length - 1) >> 1;
    return sorted[middle >= rank ? middle + 1 : middle]?.ms;
  };
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
