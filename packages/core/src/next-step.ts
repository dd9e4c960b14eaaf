/** What storage says of a run: which partitions are committed and projected, which single files are there. */
export interface RunFacts {
  readonly epoch: number;
  readonly model: boolean;
  readonly success: boolean;
  /** Extracted images over all commits, or null while some are missing. */
  readonly extracted: number | null;
  /** Projections whose metadata names the stored model. */
  readonly projected: ReadonlySet<number>;
  /** The newest epoch was cancelled. */
  readonly cancelled: boolean;
  /** A failure of the newest epoch that no further attempt will heal. */
  readonly failed: boolean;
}

/** The stage that a run needs next, and its partitions. */
export type NextStep =
  | { readonly step: 'extract'; readonly partitions: readonly number[] }
  | { readonly step: 'reduce' }
  | { readonly step: 'project'; readonly partitions: readonly number[] }
  | { readonly step: 'finish' }
  | { readonly step: 'done' };

/** Partitions, asked for one by one: a set of them, or a map. */
type Partitions = Pick<ReadonlySet<number>, 'has'>;

const missing = (total: number, there: Partitions) =>
  Array.from({ length: total }, (_, index) => index).filter((index) => !there.has(index));

/**
 * What to do next, from storage alone. The local executor and the reducer both call it, so a run advances the
 * same way everywhere. A run whose images are all in quarantine has no model and no projection: it goes
 * straight to finish.
 */
export function nextStep(
  manifest: { readonly partitions: readonly unknown[] },
  commits: Partitions,
  markers: RunFacts,
): NextStep {
  if (markers.success) return { step: 'done' };
  const total = manifest.partitions.length;
  const uncommitted = missing(total, commits);
  if (uncommitted.length > 0) return { step: 'extract', partitions: uncommitted };
  if (markers.extracted === 0) return { step: 'finish' };
  if (!markers.model) return { step: 'reduce' };
  const unprojected = missing(total, markers.projected);
  if (unprojected.length > 0) return { step: 'project', partitions: unprojected };
  return { step: 'finish' };
}

/** The state of a run as storage knows it. */
export type RunState = 'planned' | 'running' | 'failed' | 'cancelled' | 'done';

/**
 * The state of a run, a pure function of its files. `running` means submitted and not ended: a killed run
 * says so too.
 */
export function runState(markers: RunFacts): RunState {
  if (markers.success) return 'done';
  if (markers.cancelled) return 'cancelled';
  if (markers.failed) return 'failed';
  return markers.epoch === 0 ? 'planned' : 'running';
}
