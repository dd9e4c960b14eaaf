/** What the backlog needs, and when it will be done at some capacity. */
import { limitsOf, roundUp } from './limits.ts';
import type { RunWork } from './run-work.ts';
import type { RunDemand, ScalingInput, ScalingPolicy } from './scaling-input.ts';
import { arrivalsUpTo, expectedArrivals, type Fresh, leastVcpus, secondsFor, willWork } from './supply.ts';

/** vCPUs, in multiples of the step. */
export interface Need {
  /** Enough to be done early: what is asked for when more is needed than there is. */
  readonly sized: number;
  /** Just enough: as long as the fleet has these, it is left as it is. */
  readonly least: number;
  /** More find no partition to work on. */
  readonly useful: number;
  /** Work would be lost with a worker that is taken away. */
  readonly isSlowToDrain: boolean;
}

/** When a run is done, and whether its deadline can be kept. */
export interface Outcome {
  readonly doneMs: number | null;
  readonly inTime: boolean;
}

/** Capacity is sized to have the workers' part done after this share of the time that is left. */
const SIZED_SHARE = 0.85;
/** It is raised when this share would not suffice. */
const LEAST_SHARE = 0.95;

/** Runs as workers serve them: by priority, then the oldest first. */
export function inQueueOrder(runs: readonly RunDemand[]): RunDemand[] {
  return [...runs].sort(
    (a, b) =>
      (b.priority ?? 0) - (a.priority ?? 0) || a.submittedMs - b.submittedMs || (a.runId < b.runId ? -1 : 1),
  );
}

/** Seconds that workers have for their part of a run, with nothing left for surprises. */
const secondsLeft = ({ deadlineMs, tailSeconds }: RunWork, nowMs: number) =>
  (deadlineMs - nowMs) / 1000 - tailSeconds;

/**
 * The vCPUs that the backlog needs, beside those that do no work. A queue serves runs in order, so each
 * deadline needs all the work before it done as well.
 */
export function needOf(works: readonly RunWork[], input: ScalingInput): Need {
  const { vcpuStep } = input.policy;
  const useful = works.map((work) => usefulOf(work, input));
  const working = useful.reduce((sum, one) => sum + one, 0);
  const { silentVcpus = 0 } = input.fleet;
  const most = working === 0 ? 0 : roundUp(working + silentVcpus, vcpuStep);
  const within = (share: number) => Math.min(most, roundUp(vcpusWithin(works, share, input), vcpuStep));
  return {
    sized: within(SIZED_SHARE),
    least: within(LEAST_SHARE),
    useful: most,
    isSlowToDrain: works.some((work) => work.isSlowToDrain),
  };
}

/** During a reduce, workers are kept or started only if the projection follows within a boot. */
const isTooEarly = ({ waitSeconds }: RunWork, { policy }: ScalingInput) => waitSeconds > policy.bootSeconds;

function usefulOf(work: RunWork, input: ScalingInput): number {
  if (work.stage !== 'reduce') return work.usefulVcpus;
  return isTooEarly(work, input)
    ? 0
    : Math.min(work.usefulVcpus, vcpusOfRun(work, work.vcpuSeconds, SIZED_SHARE, input));
}

function vcpusWithin(works: readonly RunWork[], share: number, input: ScalingInput): number {
  let [before, slowBefore, vcpus] = [0, 0, 0];
  for (const work of works) {
    if (work.vcpuSeconds > 0 && !isTooEarly(work, input)) {
      // What waits for a reduce does not wait for what is before it in the queue.
      const ahead = work.stage === 'reduce' ? 0 : before;
      vcpus = Math.max(vcpus, vcpusOfRun(work, ahead + work.vcpuSeconds, share, input));
      if (slowBefore + work.slowVcpuSeconds > before + work.vcpuSeconds)
        vcpus = Math.max(vcpus, vcpusToStart(work, slowBefore + work.slowVcpuSeconds, share, input));
    }
    before += work.vcpuSeconds;
    slowBefore += work.slowVcpuSeconds;
  }
  return vcpus;
}

/** What is booted is to work at least as long as it boots. */
const freshOf = ({ bootSeconds }: ScalingPolicy, inSeconds: number): Fresh => ({
  inSeconds,
  leastSeconds: bootSeconds,
});

function vcpusOfRun(work: RunWork, vcpuSeconds: number, share: number, input: ScalingInput): number {
  const { policy, fleet, nowMs } = input;
  const later = (seconds: number) => Math.max(0, seconds - work.waitSeconds);
  const arrivals = expectedArrivals(fleet, input).map(({ vcpus, inSeconds }) => ({
    vcpus,
    inSeconds: later(inSeconds),
  }));
  const seconds = later(secondsLeft(work, nowMs)) * share;
  return leastVcpus({ vcpuSeconds, seconds }, arrivals, freshOf(policy, later(policy.bootSeconds)));
}

/**
 * What must be asked for before the rate is measured, so that all that the limits allow, asked for when it is
 * known to be slow, still keeps the deadline.
 */
function vcpusToStart(work: RunWork, slowSeconds: number, share: number, input: ScalingInput): number {
  const { policy, fleet, nowMs } = input;
  const { bootSeconds } = policy;
  const arrivals = expectedArrivals(fleet, input);
  const first = arrivals.find(willWork)?.inSeconds ?? bootSeconds;
  const left = secondsLeft(work, nowMs) * share;
  const corrected = first + work.measureSeconds + bootSeconds;
  const later = limitsOf(policy).max * Math.max(0, left - corrected);
  const vcpuSeconds = Math.max(0, slowSeconds - later);
  return leastVcpus(
    { vcpuSeconds, seconds: Math.min(left, corrected) },
    arrivals,
    freshOf(policy, bootSeconds),
  );
}

/** For each run: when it is done with `vcpus`, and whether `max` could keep its deadline. */
export function outcomesOf(
  works: readonly RunWork[],
  vcpus: number,
  max: number,
  input: ScalingInput,
): Outcome[] {
  const arrivals = expectedArrivals(input.fleet, input);
  const { bootSeconds } = input.policy;
  const [chosen, most] = [vcpus, max].map((limit) => arrivalsUpTo(limit, arrivals, bootSeconds));
  let before = 0;
  return works.map((work) => {
    before += work.vcpuSeconds;
    const doneMs = (supply: typeof arrivals) => {
      const seconds = secondsFor(work.vcpuSeconds === 0 ? 0 : before, supply);
      return seconds === null
        ? null
        : input.nowMs + (Math.max(seconds, work.waitSeconds) + work.tailSeconds) * 1000;
    };
    const best = doneMs(most!);
    return { doneMs: doneMs(chosen!), inTime: best !== null && best <= work.deadlineMs };
  });
}
