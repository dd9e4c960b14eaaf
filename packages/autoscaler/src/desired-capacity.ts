/** How many vCPUs the workers should have now: one pure function of what is known. See docs/scale.md. */

import { chooseCapacity } from './choose-capacity.ts';
import { limitsOf } from './limits.ts';
import { inQueueOrder, needOf, outcomesOf } from './need.ts';
import { reasonOf } from './reason.ts';
import { type RunWork, workOf } from './run-work.ts';
import type { ScalingDecision, ScalingInput, ScalingPolicy } from './scaling-input.ts';

export type {
  FleetState,
  PastDecision,
  RunDemand,
  ScalingDecision,
  ScalingInput,
  ScalingPolicy,
} from './scaling-input.ts';

/** Values for AWS c7a instances, measured where docs/scale.md says so. */
export const DEFAULT_POLICY: ScalingPolicy = {
  minVcpus: 0,
  maxVcpus: 64,
  vcpuStep: 4,
  bootSeconds: 120,
  targetSeconds: 30 * 60,
  imagesPerVcpuSecond: 100,
  settleSeconds: 120,
  usdPerVcpuHour: 0.055,
  maxUsdPerHour: null,
};

/** The capacity to ask for. Cost: a pass over the runs and over `past`. */
export function desiredCapacity(input: ScalingInput): ScalingDecision {
  const { runs, fleet, past, policy } = input;
  const limits = limitsOf(policy);
  const works = inQueueOrder(runs).map((run) => workOf(run, input.nowMs, policy));
  const need = needOf(works, input);
  const choice = chooseCapacity({ need, fleet, past, policy, limits, nowMs: input.nowMs });
  const outcomes = outcomesOf(works, choice.vcpus, limits.max, input);
  const reason = reasonOf({ input, works, need, choice, limits, outcomes });
  const total = works.reduce((sum, { vcpuSeconds }) => sum + vcpuSeconds, 0);
  const share = (work: RunWork) => (total === 0 ? 0 : (need.sized * work.vcpuSeconds) / total);
  return {
    vcpus: choice.vcpus,
    neededVcpus: need.sized,
    reason,
    runs: works.map((work, index) => ({
      runId: work.runId,
      neededVcpus: Math.round(share(work)),
      ...outcomes[index]!,
    })),
  };
}
