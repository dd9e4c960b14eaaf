/** From what is needed to what is asked for: limits, and no lowering before its time. */

import { type Limits, roundUp } from './limits.ts';
import type { Need } from './need.ts';
import type { FleetState, PastDecision, ScalingPolicy } from './scaling-input.ts';

/** What is asked for, and what decided it. */
export interface Choice {
  readonly vcpus: number;
  readonly because: 'raised' | 'enough' | 'limited' | 'lowered' | 'kept' | 'unseen' | 'min';
  /** Of `kept`: for how long a lower need was seen, and for how long it must be. */
  readonly seenSeconds: number;
  readonly ofSeconds: number;
}

/** Working capacity is lowered only when it is so many times what was needed: to get it back costs a boot. */
const AMPLE = 4;
/** Capacity that finds no work is kept for this share of the settle time. */
const IDLE_SHARE = 0.1;

interface Given {
  readonly need: Need;
  readonly fleet: FleetState;
  readonly past: readonly PastDecision[];
  readonly policy: ScalingPolicy;
  readonly limits: Limits;
  readonly nowMs: number;
}

/** What is asked for. */
export function chooseCapacity(given: Given): Choice {
  const { need, fleet, policy, limits } = given;
  const { vcpus, ...why } = need.least > fleet.desiredVcpus ? raise(need) : lower(given);
  // What is left as it is may be no multiple of the step: a worker of another size.
  const stepped = vcpus === fleet.desiredVcpus ? vcpus : roundUp(vcpus, policy.vcpuStep);
  const within = Math.max(limits.min, Math.min(limits.max, stepped));
  if (within < vcpus) return { ...why, vcpus: within, because: 'limited' };
  return within > vcpus ? { ...why, vcpus: within, because: 'min' } : { ...why, vcpus };
}

const raise = ({ sized }: Need): Choice => ({
  vcpus: sized,
  because: 'raised',
  seenSeconds: 0,
  ofSeconds: 0,
});

/** The most that was needed within so many seconds. */
function mostWithin(seconds: number, { past, nowMs }: Given): number {
  const since = nowMs - seconds * 1000;
  return past.filter(({ atMs }) => atMs >= since).reduce((most, one) => Math.max(most, one.neededVcpus), 0);
}

/** Whether `past` reaches back so many seconds. */
function isSeen(seconds: number, { past, nowMs }: Given): boolean {
  const [first] = past;
  return first !== undefined && first.atMs <= nowMs - seconds * 1000;
}

function lower(given: Given): Choice {
  const { need, fleet, policy } = given;
  const desired = fleet.desiredVcpus;
  const isIdle = need.useful < desired && !need.isSlowToDrain;
  const isAmple = need.sized < desired && need.sized * AMPLE <= desired;
  const kept = { vcpus: desired, seenSeconds: 0, ofSeconds: policy.settleSeconds };
  if (!isIdle && !isAmple) return { ...kept, because: 'enough' };
  if (!isSeen(policy.settleSeconds, given)) return { ...kept, because: 'unseen' };
  const ofSeconds = isIdle ? policy.settleSeconds * IDLE_SHARE : policy.settleSeconds;
  const seenSeconds = secondsBelow(isIdle ? desired : desired / AMPLE + 1, given);
  const recent = mostWithin(policy.settleSeconds * IDLE_SHARE, given);
  const settled = mostWithin(policy.settleSeconds, given);
  const idle = isIdle ? Math.max(need.useful, recent) : desired;
  const ample = settled * AMPLE <= desired ? settled : desired;
  const vcpus = Math.min(desired, Math.max(need.sized, Math.min(idle, ample)));
  return { vcpus, because: vcpus < desired ? 'lowered' : 'kept', seenSeconds, ofSeconds };
}

/** For how long less than `vcpus` was needed, up to now. */
function secondsBelow(vcpus: number, { past, nowMs }: Given): number {
  const last = past.findLastIndex(({ neededVcpus }) => neededVcpus >= vcpus);
  return Math.round((nowMs - (past[last + 1]?.atMs ?? nowMs)) / 1000);
}
