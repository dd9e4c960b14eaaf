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
 * keeps every deadline it can (with no losses, no slow worker, no uneven ends). Runs that do not overlap boot
 * only once.
 */
export function idealOf(scenario: Scenario): Ideal {
  const { runs, maxVcpus, instances, boot } = scenario;
  const step = Math.min(...instances);
  const meanBoot = (boot[0] + boot[1]) / 2;
  const keeps = (vcpus: number) => keptBy(scenario, vcpus, meanBoot);
  const best = keeps(maxVcpus);
  let [low, high] = [1, Math.floor(maxVcpus / step)];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keeps(middle * step) >= best) high = middle;
    else low = middle + 1;
  }
  const vcpus = low * step;
  return { vcpus, vcpuSeconds: sum(runs.map(workSeconds)) + vcpus * meanBoot };
}

/** How many deadlines a constant fleet keeps that serves the runs in order. */
function keptBy({ runs, reducerFactor }: Scenario, vcpus: number, boot: number): number {
  let [freeAt, kept] = [boot, 0];
  for (const run of runs) {
    freeAt = Math.max(freeAt, run.submitted) + workSeconds(run) / vcpus;
    const tail = reduceSeconds({ partitions: run.sizes.length }) + finishSeconds(run);
    if (freeAt + tail * reducerFactor <= run.deadline) kept += 1;
  }
  return kept;
}
