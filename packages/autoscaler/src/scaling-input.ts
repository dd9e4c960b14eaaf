/** What the desired capacity depends on, and what is decided. */
import type { Backlog } from '@verger/run-index';

/** A run that is under way, as far as its workers are concerned. Times are epoch milliseconds. */
export interface RunDemand {
  readonly runId: string;
  /** When its newest epoch was opened. */
  readonly submittedMs: number;
  /** Of `--deadline`; null: the policy's default target counts from `submittedMs`. */
  readonly deadlineMs: number | null;
  /** Images that have no committed partition, and partitions without a commit. */
  readonly extract: Backlog;
  /** Images whose partitions have no projection; needs workers only after the reduce. */
  readonly project: Backlog;
  readonly partitions: number;
  /** All partitions are committed, and there is no model: the reducer works, and workers have to wait. */
  readonly reducing: boolean;
  /** When its last partition was committed, if it is `reducing` and that is known. */
  readonly reducingSinceMs?: number | undefined;
  /** Whose jobs are taken first, the highest first; 0 if not given. */
  readonly priority?: number | undefined;
  /** Measured: images extracted per second by one vCPU; null before the first commit. */
  readonly imagesPerVcpuSecond: number | null;
}

/** The worker fleet as its group says it, in vCPUs. */
export interface FleetState {
  /** What the group was asked for last. */
  readonly desiredVcpus: number;
  /** Of the workers that have started. */
  readonly runningVcpus: number;
  /** Launched, and their workers have not started yet. */
  readonly bootingVcpus: number;
  /** In service for long, and no worker has started: they do no work. Default: 0. */
  readonly silentVcpus?: number;
  /** Terminating: they finish or give back their jobs. */
  readonly drainingVcpus: number;
}

/** What was asked for before, the newest last; at least the last `policy.settleSeconds` of it. */
export interface PastDecision {
  readonly atMs: number;
  /** What was needed then, before smoothing. */
  readonly neededVcpus: number;
  /** What was asked of the group. */
  readonly vcpus: number;
}

/** Limits and expectations; see `DEFAULT_POLICY`. */
export interface ScalingPolicy {
  readonly minVcpus: number;
  readonly maxVcpus: number;
  /** vCPUs of the smallest instance: capacity comes in multiples. */
  readonly vcpuStep: number;
  /** From the request to the first image, seconds. */
  readonly bootSeconds: number;
  /** A run without a deadline is to be done this long after its submission, seconds. */
  readonly targetSeconds: number;
  /** Expected until it is measured: images per second and vCPU. */
  readonly imagesPerVcpuSecond: number;
  /** Capacity is lowered only to what was enough for this long, seconds. */
  readonly settleSeconds: number;
  /** USD per vCPU and hour. */
  readonly usdPerVcpuHour: number;
  /** Most that the fleet may cost, USD per hour; null for no limit beside `maxVcpus`. */
  readonly maxUsdPerHour: number | null;
}

/** Everything that the decision depends on. */
export interface ScalingInput {
  readonly nowMs: number;
  readonly runs: readonly RunDemand[];
  readonly fleet: FleetState;
  readonly past: readonly PastDecision[];
  readonly policy: ScalingPolicy;
}

/** What the group should be asked for, and why. */
export interface ScalingDecision {
  readonly vcpus: number;
  /** What the backlog needs by itself, before limits and smoothing. */
  readonly neededVcpus: number;
  /** One or two plain sentences with the figures. */
  readonly reason: string;
  /** For each run: its share of the need, and when it will be done at this capacity; null if never. */
  readonly runs: readonly {
    readonly runId: string;
    readonly neededVcpus: number;
    readonly doneMs: number | null;
    /** False: it cannot be done before its deadline even with all that the limits allow. */
    readonly inTime: boolean;
  }[];
}
