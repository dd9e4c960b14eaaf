/** What a decision may not go beyond. */
import type { ScalingPolicy } from './desired-capacity.ts';
import type { FleetSeen } from './fleet.ts';

/** The policy within the limits of the group itself. */
export function policyWithin(policy: ScalingPolicy, { limits }: Pick<FleetSeen, 'limits'>): ScalingPolicy {
  if (limits === undefined) return policy;
  const maxVcpus = Math.min(policy.maxVcpus, limits.maxVcpus);
  return { ...policy, maxVcpus, minVcpus: Math.min(maxVcpus, Math.max(policy.minVcpus, limits.minVcpus)) };
}

/** Why capacity is not changed in one direction for now. */
export interface Held {
  readonly isLoweredByOthers: boolean;
  readonly isUnread: boolean;
}

/** What is asked for: within the policy; not lowered, or not raised, while something holds it. */
export function vcpusWithin(
  decided: number,
  desired: number,
  { minVcpus, maxVcpus }: ScalingPolicy,
  { isLoweredByOthers, isUnread }: Held,
): number {
  const least = isUnread ? desired : 0;
  const most = isLoweredByOthers ? desired : Number.POSITIVE_INFINITY;
  return Math.min(most, Math.max(least, Math.min(maxVcpus, Math.max(minVcpus, decided))));
}
