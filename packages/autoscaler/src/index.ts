/** How many workers runs need, and the process that sees to it. */
export {
  DEFAULT_POLICY,
  desiredCapacity,
  type FleetState,
  type PastDecision,
  type RunDemand,
  type ScalingDecision,
  type ScalingInput,
  type ScalingPolicy,
  type StageBacklog,
} from './desired-capacity.ts';
export { finishSeconds, projectSeconds, reduceSeconds } from './run-work.ts';
