/** How many workers runs need, and the process that sees to it. */
export { type Autoscaler, type AutoscalerSetup, startAutoscaler } from './autoscaler.ts';
export { openAwsFleet } from './aws-fleet.ts';
export {
  DEFAULT_POLICY,
  desiredCapacity,
  type FleetState,
  type PastDecision,
  type RunDemand,
  type ScalingDecision,
  type ScalingInput,
  type ScalingPolicy,
} from './desired-capacity.ts';
export type { Fleet, FleetSeen } from './fleet.ts';
export { policyOf } from './policy.ts';
export { finishSeconds, projectSeconds, reduceSeconds } from './run-work.ts';
