/** From what is needed to what is asked for: limits, and no lowering before its time. */
import type { FleetState, PastDecision, ScalingPolicy } from './desired-capacity.ts';
import { type Need, roundUp } from './need.ts';

/** In vCPUs; multiples of the step. */
export interface Limits {
  readonly min: number;
  readonly max: number;
  /** What sets `max`. */
  readonly by: 'max' | 'cost';
}

/** What is asked for, and what decided it. */
export interface Choice {
  readonly vcpus: number;
  readonly because: 'raised' | 'enough' | 'limited' | 'lowered' | 'kept' | 'unseen' | 'min';
  /** Of `kept`: for how long a lower need was seen, and for how long it must be. */
  readonly seenSeconds: number;
  readonly ofSeconds: number;
}

/** Working capacity is lowered only when it is so many times what was needed: it costs a boot to get it back. */
const AMPLE = 2;
/** Capacity that finds no work is kept for this share of the settle time. */
const IDLE_SHARE = 0.25;

/** The limits of a policy. The cost ceiling and `maxVcpus` win over `minVcpus`. */
export function limitsOf(policy: ScalingPolicy): Limits {
  const { minVcpus, maxVcpus, vcpuStep, usdPerVcpuHour, maxUsdPerHour } = policy;
  const affordable = maxUsdPerHour === null ? Number.POSITIVE_INFINITY : maxUsdPerHour / usdPerVcpuHour;
  const by = affordable < maxVcpus ? 'cost' : 'max';
  const max = Math.floor(Math.min(maxVcpus, affordable) / vcpuStep + 1e-9) * vcpuStep;
  return { min: Math.min(max, roundUp(minVcpus, vcpuStep)), max, by };
}

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
  const within = Math.max(limits.min, Math.min(limits.max, roundUp(vcpus, policy.vcpuStep)));
  if (within < vcpus) return { ...why, vcpus: within, because: 'limited' };
  return within > vcpus ? { ...why, vcpus: within, because: 'min' } : { ...why, vcpus };
}

const raise = ({ sized }: Need): Choice => ({
  vcpus: sized,
  because: 'raised',
  seenSeconds: 0,
  ofSeconds: 0,
});

/** The most that was needed within so many seconds; undefined before so much was seen. */
function mostWithin(seconds: number, { past, nowMs }: Given): number | undefined {
  const since = nowMs - seconds * 1000;
  if ((past[0]?.atMs ?? nowMs) > since) return undefined;
  return past.filter(({ atMs }) => atMs >= since).reduce((most, one) => Math.max(most, one.neededVcpus), 0);
}

function lower(given: Given): Choice {
  const { need, fleet, policy, past, nowMs } = given;
  const desired = fleet.desiredVcpus;
  const isIdle = need.useful < desired;
  const isAmple = need.sized * AMPLE <= desired;
  const ofSeconds = isIdle ? policy.settleSeconds * IDLE_SHARE : policy.settleSeconds;
  const seenSeconds = secondsBelow(desired, past, nowMs);
  const settled = { seenSeconds, ofSeconds };
  if (!isIdle && !isAmple) return { ...settled, vcpus: desired, because: 'enough' };
  if ((past[0]?.atMs ?? nowMs) > nowMs - policy.settleSeconds * 1000)
    return { ...settled, vcpus: desired, because: 'unseen' };
  const recent = mostWithin(policy.settleSeconds * IDLE_SHARE, given) ?? desired;
  const settledNeed = mostWithin(policy.settleSeconds, given) ?? desired;
  const idle = isIdle ? Math.max(need.sized, need.useful, recent) : desired;
  const ample = settledNeed * AMPLE <= desired ? Math.max(need.sized, settledNeed) : desired;
  const vcpus = Math.min(desired, Math.max(need.sized, Math.min(idle, ample)));
  return { ...settled, vcpus, because: vcpus < desired ? 'lowered' : 'kept' };
}

/** For how long less than `vcpus` was needed, up to now. */
function secondsBelow(vcpus: number, past: readonly PastDecision[], nowMs: number): number {
  const last = past.findLastIndex(({ neededVcpus }) => neededVcpus >= vcpus);
  const first = past[last + 1]?.atMs ?? nowMs;
  return Math.round((nowMs - first) / 1000);
}
