import type { ErrorCode, LeftOut } from '@verger/core';
import type { Measured } from '@verger/stages';
import type { Estimate } from './plan-estimate.ts';
import type { FleetPlan } from './plan-fleet.ts';

/** A label and its images. */
export interface LabelCount {
  readonly label: string;
  readonly count: number;
}

/** What `verger run` with the same words would do. */
export interface Planned {
  /** Null when there are no weights yet, on which the id depends. */
  readonly runId: string | null;
  readonly images: string;
  /** The run's folder, or the folder of runs when the id is not known. */
  readonly output: string;
  /** The state of that run, null when it is not there. */
  readonly found: string | null;
  readonly listed: number;
  readonly bytes: number;
  readonly refused: Readonly<Partial<Record<ErrorCode, number>>>;
  /** What is below the folder and not listed. */
  readonly leftOut: LeftOut;
  /** That images have no label although a rule was to give one: a line. */
  readonly notes: readonly string[];
  /** Of a storage class whose bytes are given only after a restore. */
  readonly archived: number;
  readonly labels: {
    readonly count: number;
    readonly largest: readonly LabelCount[];
    /** None when `largest` are all. */
    readonly smallest: readonly LabelCount[];
  };
  readonly partitions: { readonly count: number; readonly smallest: number; readonly largest: number };
  readonly processes: number;
  readonly measured: Measured | null;
  readonly estimate: Estimate | null;
  readonly freeBytes: number | null;
  /** On AWS; null unless --instance or --deadline asked for it. */
  readonly fleet: FleetPlan | null;
}
