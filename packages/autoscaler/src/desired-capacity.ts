/** How many vCPUs the workers should have now: one pure function of what is known. */

/** Images and partitions that a stage of a run has yet to do. */
export interface StageBacklog {
  readonly images: number;
  readonly partitions: number;
}

/** A run that is under way, as far as its workers are concerned. Times are epoch milliseconds. */
export interface RunDemand {
  readonly runId: string;
  /** When its newest epoch was opened. */
  readonly submittedMs: number;
  /** Of `--deadline`; null: the policy's default target counts from `submittedMs`. */
  readonly deadlineMs: number | null;
  /** Images that have no committed partition, and partitions without a commit. */
  readonly extract: StageBacklog;
  /** Images whose partitions have no projection; needs workers only after the reduce. */
  readonly project: StageBacklog;
  readonly partitions: number;
  /** All partitions are committed, and there is no model: the reducer works, and workers have nothing to do. */
  readonly reducing: boolean;
  /** Measured: images extracted per second by one vCPU; null before the first commit. */
  readonly imagesPerVcpuSecond: number | null;
}

/** The worker fleet as its group says it, in vCPUs. */
export interface FleetState {
  /** What the group was asked for last. */
  readonly desiredVcpus: number;
  /** In service. */
  readonly runningVcpus: number;
  /** Launched, and not in service yet. */
  readonly bootingVcpus: number;
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

/** Values for AWS c7a instances, measured where docs/scale.md says so. */
export const DEFAULT_POLICY: ScalingPolicy = {
  minVcpus: 0,
  maxVcpus: 64,
  vcpuStep: 4,
  bootSeconds: 120,
  targetSeconds: 30 * 60,
  imagesPerVcpuSecond: 60,
  settleSeconds: 120,
  usdPerVcpuHour: 0.055,
  maxUsdPerHour: null,
};

/** The capacity to ask for. Cost: a pass over the runs. */
export function desiredCapacity({ nowMs, runs, fleet, past, policy }: ScalingInput): ScalingDecision {
  const needs = runs.map((run) => {
    const rate = run.imagesPerVcpuSecond ?? policy.imagesPerVcpuSecond;
    const untilMs = run.deadlineMs ?? run.submittedMs + policy.targetSeconds * 1000;
    const seconds = Math.max(policy.vcpuStep, (untilMs - nowMs) / 1000 - policy.bootSeconds);
    const neededVcpus = run.reducing ? 0 : Math.ceil(run.extract.images / rate / seconds);
    return { runId: run.runId, neededVcpus, doneMs: null, inTime: true };
  });
  const total = needs.reduce((sum, { neededVcpus }) => sum + neededVcpus, 0);
  const stepped = Math.ceil(total / policy.vcpuStep) * policy.vcpuStep;
  const neededVcpus = Math.max(policy.minVcpus, Math.min(policy.maxVcpus, stepped));
  const since = nowMs - policy.settleSeconds * 1000;
  const recent = past.filter(({ atMs }) => atMs >= since).map((one) => one.neededVcpus);
  const vcpus = Math.max(neededVcpus, Math.min(fleet.desiredVcpus, Math.max(0, ...recent)));
  return { vcpus, neededVcpus, reason: `${runs.length} runs need ${neededVcpus} vCPUs.`, runs: needs };
}
