/** What a fleet would cost that knew everything: the least constant size, booted once, and no second idle. */
import { finishSeconds, projectSeconds, reduceSeconds } from '@verger/autoscaler';
import type { PlannedRun, Scenario } from './scenario.ts';

const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);

/** vCPU seconds of mean speed that workers spend on a run. */
export const workSeconds = (run: PlannedRun): number =>
  sum(run.work) + projectSeconds({ images: run.images, partitions: run.sizes.length });

/** Ideal cost of a seed. */
export interface Ideal {
  /** vCPUs of the fleet. */
  readonly vcpus: number;
  /** Its vCPU seconds: the work, and one boot of each vCPU. */
  readonly vcpuSeconds: number;
}

/**
 * The ideal cost: all work at mean speed, and one mean boot for each vCPU of the smallest constant fleet that
 * keeps every deadline it can (with no losses, no slow worker, no uneven ends). A run that is submitted after
 * the workers' part of those before it has a fleet of its own.
 */
export function idealOf({ runs, maxVcpus, instances, boot, reducerFactor }: Scenario): Ideal {
  const limits = { maxVcpus, step: Math.min(...instances), boot: (boot[0] + boot[1]) / 2, reducerFactor };
  let [vcpus, vcpuSeconds] = [0, 0];
  let group: PlannedRun[] = [];
  for (const [index, run] of runs.entries()) {
    group = [...group, run];
    const fleet = leastFleet(group, limits);
    const next = runs[index + 1];
    if (next !== undefined && next.submitted < serve(group, fleet, limits).freeAt) continue;
    vcpus = Math.max(vcpus, fleet);
    vcpuSeconds += sum(group.map(workSeconds)) + fleet * limits.boot;
    group = [];
  }
  return { vcpus, vcpuSeconds };
}

interface FleetLimits {
  readonly maxVcpus: number;
  readonly step: number;
  readonly boot: number;
  readonly reducerFactor: number;
}

function leastFleet(runs: readonly PlannedRun[], limits: FleetLimits): number {
  const { step, maxVcpus } = limits;
  const best = serve(runs, maxVcpus, limits).kept;
  let [low, high] = [1, Math.floor(maxVcpus / step)];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (serve(runs, middle * step, limits).kept >= best) high = middle;
    else low = middle + 1;
  }
  return low * step;
}

/** How many deadlines a constant fleet keeps that serves the runs in order, and when it has done its part. */
function serve(
  runs: readonly PlannedRun[],
  vcpus: number,
  { boot, reducerFactor }: FleetLimits,
): { readonly kept: number; readonly freeAt: number } {
  let [freeAt, kept] = [(runs[0]?.submitted ?? 0) + boot, 0];
  for (const run of runs) {
    freeAt = Math.max(freeAt, run.submitted) + workSeconds(run) / vcpus;
    const tail = reduceSeconds({ partitions: run.sizes.length }) + finishSeconds(run);
    if (freeAt + tail * reducerFactor <= run.deadline) kept += 1;
  }
  return { kept, freeAt };
}
