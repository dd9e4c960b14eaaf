import type {
  Epoch,
  Failure,
  ImageErrorCode,
  Manifest,
  Report,
  Scaling,
  Storage,
  StoredFile,
  Success,
} from '@verger/core';
import { runFileOf, runLayout } from '@verger/core';
import { FileColumn } from './file-column.ts';
import { PartitionTable, type RunTotals } from './partition-table.ts';

/** A manifest as pages need it: the partitions as a column of image counts. */
export interface RunPlan {
  readonly manifest: Omit<Manifest, 'partitions'>;
  readonly partitions: number;
  /** Images of each partition. */
  readonly images: Uint32Array;
}

/** The plan of a manifest, without the hashes of its listing parts. */
export function planOf({ partitions, ...manifest }: Manifest): RunPlan {
  const images = Uint32Array.from(partitions, (partition) => partition.images);
  return { manifest, partitions: partitions.length, images };
}

/** `_SUCCESS` as pages need it: files of partitions as columns, the others by name. */
export interface RunSuccess extends Omit<Success, 'files' | 'format' | 'selfHash'> {
  readonly files: ReadonlyMap<string, StoredFile>;
  readonly parts: Readonly<Record<PartKind, FileColumn>>;
}

/** The data files that each partition has. */
export const PART_KINDS = ['features', 'sums', 'projection'] as const;
/** A kind of data file that each partition has. */
export type PartKind = (typeof PART_KINDS)[number];

/** What pages show of a `_SUCCESS`. */
export function successOf(
  { files, format: _, selfHash: __, ...rest }: Success,
  { manifest, partitions }: RunPlan,
): RunSuccess {
  const single = new Map<string, StoredFile>();
  const column = () => new FileColumn(partitions);
  const parts = { features: column(), sums: column(), projection: column() };
  const layout = runLayout(manifest.partDigits);
  for (const [name, file] of Object.entries(files)) {
    const of = runFileOf(name, layout, partitions);
    const kind = PART_KINDS.find((part) => part === of?.kind);
    if (kind === undefined) single.set(name, file);
    else parts[kind].set(of?.number ?? 0, file);
  }
  return { ...rest, files: single, parts };
}

/** What pages show of a report beside `_SUCCESS`. */
export interface ReportFacts {
  readonly stages: Report['stages'];
  readonly reused: number;
  readonly kept: number | null;
  readonly quarantine: readonly {
    readonly code: ImageErrorCode;
    readonly count: number;
    readonly storeCodes: Readonly<Record<string, number>>;
  }[];
}

/** The facts of a report; labels and examples are left out. */
export function reportOf({ stages, reused, pca, quarantine }: Report): ReportFacts {
  return {
    ...{ stages, reused },
    kept: pca === null ? null : (pca.cumulative[pca.k - 1] ?? null),
    quarantine: quarantine.map(({ code, count, storeCodes = {} }) => ({ code, count, storeCodes })),
  };
}

/** How much of a run is read: a row of the list, or all that its page shows. */
export type Depth = 'row' | 'page';

/** What is known of a run's records. Filled by `lookAtRun`; each record is read once. */
export interface RunRecords {
  readonly store: Storage;
  plan: RunPlan | undefined;
  epochs: Map<number, Epoch>;
  newest: number;
  /** The version of the first epoch's record: another one means another run at the same place. */
  firstVersion: string | undefined;
  cancelled: boolean;
  success: RunSuccess | undefined;
  /** The newest epoch when `_SUCCESS` was looked for last, and found or not. */
  successAt: number;
  /** Its version then; undefined when it was not there. */
  successVersion: string | undefined;
  report: ReportFacts | undefined;
  /** Whether `report.html` is there; looked for once of each `_SUCCESS`. */
  htmlReport: boolean | undefined;
  /** What an autoscaler decided; read for pages only. */
  scaling: Scaling | undefined;
  /** Its version then; undefined when it was not there. */
  scalingVersion: string | undefined;
  /** The newest epoch when it was looked for after `_SUCCESS`: from then on it does not change. */
  scalingAt: number;
  table: PartitionTable | undefined;
  /** The newest epoch when every commit was there, and none will be removed in it. */
  completeAt: number;
  /** What is known of the commits of a run whose table was dropped to save memory. */
  dropped: RunTotals | undefined;
  /** Of the newest epoch, by file name. */
  failures: Map<string, Failure>;
  failuresAt: number;
  /** Failure records that are there; `failures` holds at most `MOST_FAILURES` of them. */
  failureCount: number;
  model: boolean;
  projected: ReadonlySet<number>;
  /** What is wrong with records, by file name. */
  faults: ReadonlyMap<string, string>;
  /** While commits are read: how many of how many. */
  reading: { done: number; total: number } | undefined;
}

/** Nothing known yet. */
export function emptyRecords(store: Storage): RunRecords {
  return {
    ...{ store, plan: undefined, epochs: new Map(), newest: 0, firstVersion: undefined, cancelled: false },
    ...{ success: undefined, successAt: -1, successVersion: undefined, report: undefined },
    htmlReport: undefined,
    ...{ scaling: undefined, scalingVersion: undefined, scalingAt: -1 },
    ...{ table: undefined, completeAt: -1, dropped: undefined },
    ...{ failures: new Map(), failuresAt: -1, failureCount: 0 },
    ...{ model: false, projected: new Set<number>(), faults: new Map(), reading: undefined },
  };
}

/** Forgets all but the storage. */
export function forget(records: RunRecords): void {
  Object.assign(records, emptyRecords(records.store));
}

/** The table of commits, made when it is first needed. */
export function tableOf(records: RunRecords, { partitions }: RunPlan): PartitionTable {
  records.table ??= new PartitionTable(partitions);
  return records.table;
}

/** Memory that the records of a run take, roughly. */
export function bytesOf({ plan, table, failures, success, projected, scaling }: RunRecords): number {
  const small =
    4_000 +
    failures.size * 1_000 +
    3 * (success?.parts.sums.bytes ?? 0) +
    (scaling?.decisions.length ?? 0) * 500;
  return small + (plan?.partitions ?? 0) * 4 + (table?.bytes ?? 0) + projected.size * 40;
}
