/** `timeline.json` from the records of a run: its commits in columns, and its failed attempts. */
import {
  type Commit,
  type Failure,
  MOST_TIMELINE_FAILURES,
  type Timeline,
  type WorkerRef,
  withSelfHash,
} from '@verger/core';

/** What a timeline is made from. */
export interface TimelineInput {
  readonly identity: string;
  /** Of the `_SUCCESS` that follows. */
  readonly epoch: number;
  /** Of all partitions, in their order. */
  readonly commits: readonly Commit[];
  /** Failed attempts of all epochs, in any order; those in excess of 2,000 are left out, the oldest first. */
  readonly failures: readonly Failure[];
}

/** The timeline of a run from its records. Pure; 40 bytes of JSON per partition. */
export function buildTimeline({ identity, epoch, commits, failures }: TimelineInput): Timeline {
  const ends = commits.map(({ at }) => timeOf(at));
  const begins = commits.map(({ timings }, index) => (ends[index] ?? 0) - timings.wallMs);
  const originMs = Math.round(begins.reduce((least, begin) => Math.min(least, begin), ends[0] ?? 0));
  const { workers, place } = workerTable();
  const column = (value: (commit: Commit, index: number) => number) =>
    commits.map((commit, index) => Math.round(value(commit, index)));
  const partitions = {
    worker: column(({ worker }) => place(worker)),
    epoch: column((commit) => commit.epoch),
    attempt: column(({ attempt }) => attempt),
    endMs: column((_, index) => (ends[index] ?? 0) - originMs),
    wallMs: column(({ timings }) => timings.wallMs),
    extracted: column(({ extracted }) => extracted),
    quarantined: column(({ listed, extracted }) => listed - extracted),
    reused: column(({ reused }) => reused ?? 0),
    readMs: column(({ timings }) => timings.readMs),
    decodeMs: column(({ timings }) => timings.decodeMs),
    inferenceMs: column(({ timings }) => timings.inferenceMs),
    encodeMs: column(({ timings }) => timings.encodeMs),
  };
  const failed = newestFailures(failures).map((failure) => {
    const { kind, partition, epoch: of, attempt, code, permanent, worker, at } = failure;
    const atMs = timeOf(at) - originMs;
    return { kind, partition, epoch: of, attempt, code, permanent, worker: place(worker), atMs };
  });
  return withSelfHash({
    ...{ format: 'verger-timeline-1' as const, runIdentity: identity, epoch, originMs, workers, partitions },
    codes: commits.flatMap(({ quarantined }, partition) =>
      Object.keys(quarantined).length === 0 ? [] : [{ partition, counts: quarantined }],
    ),
    failures: failed,
  });
}

/** The timeline of a run whose results are complete at a time, ISO 8601. */
export function endedTimeline(timeline: Timeline, at: string): Timeline {
  const { selfHash: _, ...rest } = timeline;
  return withSelfHash({ ...rest, finishedMs: timeOf(at) - timeline.originMs });
}

/**
 * A timeline as the bytes of its file. On one line: columns of 20,000 numbers, indented as in other records,
 * would be three times as long.
 */
export function timelineBytes(timeline: Timeline): Uint8Array {
  return Buffer.from(`${JSON.stringify(timeline)}\n`);
}

/** Milliseconds since 1970; 0 for what is no time. */
function timeOf(at: string): number {
  const ms = Date.parse(at);
  return Number.isFinite(ms) ? ms : 0;
}

/** Each worker once, in the order in which `place` first meets it. */
function workerTable() {
  const workers: WorkerRef[] = [];
  const places = new Map<string, number>();
  const place = (worker: WorkerRef) => {
    const { host, pid, name } = worker;
    const key = JSON.stringify([host, pid, name]);
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, workers.length);
    return workers.push(worker) - 1;
  };
  return { workers, place };
}

/** The newest ones, the oldest first. */
function newestFailures(failures: readonly Failure[]): Failure[] {
  const sorted = [...failures].sort((a, b) => timeOf(a.at) - timeOf(b.at));
  return sorted.slice(Math.max(0, sorted.length - MOST_TIMELINE_FAILURES));
}
