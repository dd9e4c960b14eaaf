/** Who decides how much capacity is asked for: the real function, and what people use otherwise. */
import {
  DEFAULT_POLICY,
  desiredCapacity,
  type FleetState,
  type PastDecision,
  type RunDemand,
  type ScalingPolicy,
} from '@verger/autoscaler';
import { START_MS } from './sim-run.ts';

/** What a policy is told. */
export interface Observed {
  /** Seconds. */
  readonly now: number;
  readonly runs: readonly RunDemand[];
  readonly fleet: FleetState;
  /** Busy share of the running vCPUs; null when there are none. */
  readonly busy: number | null;
  /** Jobs that wait or are under way. */
  readonly jobs: number;
}

/** Looks every so many seconds, and says what the group is asked for. */
export interface Policy {
  readonly everySeconds: number;
  /** What it never goes below. */
  readonly floorVcpus: number;
  decide(observed: Observed): number;
  /** Forgets what it saw. */
  restart(): void;
}

export const POLICY_NAMES = ['verger', 'cpu', 'queue', 'most'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

interface Limits {
  readonly maxVcpus: number;
  readonly vcpuStep: number;
}

/** Of the queue policy. */
const JOBS_PER_WORKER = 10;

/** Of decisions: what is kept of the past. */
const KEPT_SECONDS = 120;

/** Creates a policy by name. */
export function createPolicy(name: PolicyName, limits: Limits): Policy {
  if (name === 'cpu') return cpuPolicy(limits);
  if (name === 'queue') return queuePolicy(limits);
  return name === 'most' ? mostPolicy(limits) : vergerPolicy({ ...DEFAULT_POLICY, ...limits });
}

function vergerPolicy(policy: ScalingPolicy): Policy {
  let past: PastDecision[] = [];
  return {
    everySeconds: 10,
    floorVcpus: 0,
    decide({ now, runs, fleet }) {
      const nowMs = START_MS + now * 1000;
      const { vcpus, neededVcpus } = desiredCapacity({ nowMs, runs, fleet, past, policy });
      past = [
        ...past.filter(({ atMs }) => atMs >= nowMs - KEPT_SECONDS * 1000),
        { atMs: nowMs, neededVcpus, vcpus },
      ];
      return vcpus;
    },
    restart() {
      past = [];
    },
  };
}

/** All that is allowed while a run is under way: the most that any policy can do. */
const mostPolicy = ({ maxVcpus }: Limits): Policy => ({
  everySeconds: 10,
  floorVcpus: 0,
  decide: ({ runs }) => (runs.length > 0 ? maxVcpus : 0),
  restart() {},
});

/**
 * Target tracking of 60 % CPU as AWS does it: a value per minute; three above the target raise in proportion,
 * fifteen below nine tenths of it lower. CPU of nothing is no value, so one instance always runs.
 */
function cpuPolicy({ maxVcpus, vcpuStep }: Limits): Policy {
  const target = 0.6;
  let [above, below] = [0, 0];
  return {
    everySeconds: 60,
    floorVcpus: vcpuStep,
    decide({ fleet, busy }) {
      const { desiredVcpus } = fleet;
      above = busy !== null && busy > target ? above + 1 : 0;
      below = busy !== null && busy < target * 0.9 ? below + 1 : 0;
      const wanted = Math.ceil((desiredVcpus * (busy ?? 0)) / target / vcpuStep) * vcpuStep;
      if (above >= 3) {
        above = 0;
        return Math.min(maxVcpus, Math.max(desiredVcpus, wanted));
      }
      return Math.max(vcpuStep, below >= 15 ? Math.min(desiredVcpus, wanted) : desiredVcpus);
    },
    restart() {},
  };
}

/**
 * One worker for ten jobs that wait or are under way, as KEDA and an HPA do it: a look every 15 s, lowered to
 * the most that was wanted in five minutes.
 */
function queuePolicy({ maxVcpus, vcpuStep }: Limits): Policy {
  let wanted: { at: number; vcpus: number }[] = [];
  return {
    everySeconds: 15,
    floorVcpus: 0,
    decide({ now, jobs }) {
      const vcpus = Math.min(maxVcpus, Math.ceil(jobs / JOBS_PER_WORKER) * vcpuStep);
      wanted = [...wanted.filter(({ at }) => at > now - 300), { at: now, vcpus }];
      return Math.max(...wanted.map((one) => one.vcpus));
    },
    restart() {},
  };
}
