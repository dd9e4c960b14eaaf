import type { Timeline } from '@verger/core';

/** Partitions on their workers over time, as columns: one value per bar in each. */
export interface TimelineBars {
  /** Names of the workers: one row each. */
  readonly workers: readonly string[];
  readonly partition: Uint32Array | readonly number[];
  /** Place in `workers`. */
  readonly worker: Uint32Array | readonly number[];
  /** Milliseconds since 1970. */
  readonly startMs: Float64Array | readonly number[];
  readonly endMs: Float64Array | readonly number[];
  readonly attempt: Uint32Array | readonly number[];
  /** Failed attempts: marks at a time of a worker. */
  readonly failures: readonly { readonly worker: number; readonly atMs: number; readonly code: string }[];
}

/** The bars of a run's `timeline.json`. A worker's name is followed by its host where names repeat. */
export function timelineBars({ originMs, workers, partitions, failures }: Timeline): TimelineBars {
  const times = new Map<string, number>();
  for (const { name } of workers) times.set(name, (times.get(name) ?? 0) + 1);
  const { worker, endMs, wallMs, attempt } = partitions;
  return {
    workers: workers.map(({ name, host, pid }) =>
      (times.get(name) ?? 0) > 1 ? `${name} (${host}, ${pid})` : name,
    ),
    ...{ worker, attempt, partition: worker.map((_, at) => at) },
    startMs: Float64Array.from(endMs, (end, at) => originMs + end - (wallMs[at] ?? 0)),
    endMs: Float64Array.from(endMs, (end) => originMs + end),
    failures: failures.map(({ worker: one, atMs, code }) => ({ worker: one, atMs: originMs + atMs, code })),
  };
}
