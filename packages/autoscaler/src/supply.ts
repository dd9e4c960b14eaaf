/** The capacity that is there and on its way, and how much of it a backlog needs. */
import type { FleetState, PastDecision, ScalingPolicy } from './scaling-input.ts';

/** vCPUs that begin to work so many seconds from now. */
export interface Arrival {
  readonly vcpus: number;
  readonly inSeconds: number;
}

/** An instance asked for before `past` may come at any moment: expected after this share of a boot. */
const OVERDUE_SHARE = 0.5;

/** Seconds since at least so many vCPUs have been asked for without a break; null: longer than is known. */
function askedFor(vcpus: number, nowMs: number, past: readonly PastDecision[]): number | null {
  const lower = past.findLastIndex((one) => one.vcpus < vcpus);
  if (lower < 0) return null;
  const first = past[lower + 1];
  return first === undefined ? 0 : (nowMs - first.atMs) / 1000;
}

/**
 * When the fleet's vCPUs begin to work, the earliest first: those that run, those that boot, those that were
 * asked for and not launched yet, and those that never will. Draining ones are not counted.
 */
export function expectedArrivals(
  { desiredVcpus, runningVcpus, bootingVcpus, silentVcpus = 0 }: FleetState,
  { nowMs, past, policy }: { nowMs: number; past: readonly PastDecision[]; policy: ScalingPolicy },
): Arrival[] {
  const { bootSeconds } = policy;
  const age = askedFor(runningVcpus + 1, nowMs, past);
  const booting =
    age === null || age >= bootSeconds ? bootSeconds * OVERDUE_SHARE : Math.max(1, bootSeconds - age);
  const launching = Math.max(0, desiredVcpus - runningVcpus - bootingVcpus - silentVcpus);
  const launched = age === null ? bootSeconds : Math.max(bootSeconds * OVERDUE_SHARE, bootSeconds - age);
  return [
    { vcpus: runningVcpus, inSeconds: 0 },
    { vcpus: bootingVcpus, inSeconds: Math.min(booting, launched) },
    { vcpus: launching, inSeconds: launched },
    // The group counts them: what does their work comes on top of them.
    { vcpus: silentVcpus, inSeconds: Number.POSITIVE_INFINITY },
  ];
}

/** True for vCPUs that there are, and that will work. */
export const willWork = ({ vcpus, inSeconds }: Arrival): boolean => vcpus > 0 && Number.isFinite(inSeconds);

/** The first `vcpus` of these arrivals; those beyond them come after a boot. */
export function arrivalsUpTo(vcpus: number, arrivals: readonly Arrival[], bootSeconds: number): Arrival[] {
  let left = vcpus;
  const taken = arrivals.map(({ vcpus: offered, inSeconds }) => {
    const used = Math.min(left, offered);
    left -= used;
    return { vcpus: used, inSeconds };
  });
  return [...taken, { vcpus: left, inSeconds: bootSeconds }];
}

/** Capacity that would be asked for now. */
export interface Fresh {
  /** When it begins to work, seconds from now. */
  readonly inSeconds: number;
  /** It is only asked for if it works so long, however little time is left. */
  readonly leastSeconds: number;
}

/**
 * The least vCPUs that do `vcpuSeconds` of work within `seconds`, not rounded. If time is too short for that,
 * new ones are only wanted for what the others leave undone until new ones have worked for `leastSeconds`.
 */
export function leastVcpus(
  { vcpuSeconds, seconds }: { vcpuSeconds: number; seconds: number },
  arrivals: readonly Arrival[],
  { inSeconds: freshIn, leastSeconds }: Fresh,
): number {
  let [left, vcpus] = [vcpuSeconds, 0];
  for (const { vcpus: offered, inSeconds } of arrivals) {
    const each = Math.max(0, seconds - inSeconds);
    if (left <= offered * each) return vcpus + (left === 0 ? 0 : left / each);
    left -= offered * each;
    vcpus += offered;
  }
  const until = Math.max(seconds, freshIn + leastSeconds);
  const done = arrivals.reduce((sum, one) => sum + one.vcpus * Math.max(0, until - one.inSeconds), 0);
  return vcpus + Math.max(0, vcpuSeconds - done) / (until - freshIn);
}

/** Seconds until these arrivals have done so much work; null if never. */
export function secondsFor(vcpuSeconds: number, arrivals: readonly Arrival[]): number | null {
  if (vcpuSeconds <= 0) return 0;
  const inOrder = arrivals.filter(willWork).sort((a, b) => a.inSeconds - b.inSeconds);
  let [vcpus, weighted] = [0, 0];
  for (const [index, arrival] of inOrder.entries()) {
    vcpus += arrival.vcpus;
    weighted += arrival.vcpus * arrival.inSeconds;
    const seconds = (vcpuSeconds + weighted) / vcpus;
    if (seconds <= (inOrder[index + 1]?.inSeconds ?? Number.POSITIVE_INFINITY)) return seconds;
  }
  return null;
}
