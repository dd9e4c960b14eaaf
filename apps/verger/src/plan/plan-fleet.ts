import {
  DEFAULT_POLICY,
  desiredCapacity,
  finishSeconds,
  projectSeconds,
  reduceSeconds,
} from '@verger/autoscaler';
import { type Manifest, VergerError } from '@verger/core';
import { type ClusterCost, clusterCost, instancePrice, type PriceTable } from '@verger/cost';
import type { Measured } from '@verger/stages';

/** Used when only --deadline is given. */
export const DEFAULT_INSTANCE = 'c7a.xlarge';
/** Decoding in shares of inference, of the photographs that the table's rates are for. */
const USUAL_DECODE_SHARE = 0.43 / 6.77;
const NO_LIMIT = 1e6;

/** What a run would take on a fleet of one kind of instance. Nothing of it was measured there. */
export interface FleetPlan {
  readonly instance: string;
  readonly region: string;
  readonly priceDate: string;
  /** ISO 8601; null: the default target. */
  readonly deadline: string | null;
  /** False: it cannot be done before the deadline, whatever the size of the fleet. */
  readonly inTime: boolean;
  /** The autoscaler's own words. */
  readonly reason: string;
  /** How many times longer an image takes than one of 100×100; 1 where nothing was measured. */
  readonly slowdown: number;
  readonly cost: ClusterCost;
}

/** What is asked of a fleet. */
export interface FleetRequest {
  readonly instance: string;
  readonly deadlineMs: number | null;
  readonly nowMs: number;
  readonly prices: PriceTable;
  readonly measured: Measured | null;
  /** Most that the group may have; undefined: no limit. */
  readonly maxVcpus?: number | undefined;
}

/** Plans a fleet with the function that the autoscaler decides with. Errors: E_USAGE for an unknown type. */
export function planFleet(
  { runId, listing, partitions }: Pick<Manifest, 'runId' | 'listing' | 'partitions'>,
  { instance, deadlineMs, nowMs, prices, measured, maxVcpus }: FleetRequest,
): FleetPlan {
  const price = instancePrice(prices, instance);
  if (price === undefined) {
    const known = Object.keys(prices.instances).join(', ');
    const detail = `The price table has no ${instance} nor another size of it; it has ${known}.`;
    throw new VergerError('E_USAGE', { option: '--instance' }, { detail });
  }
  if (maxVcpus !== undefined && maxVcpus < price.vcpus) {
    const detail = `A ${instance} has ${price.vcpus} vCPUs.`;
    throw new VergerError('E_USAGE', { option: `--max-vcpus ${maxVcpus}` }, { detail });
  }
  const slowdown = slowdownOf(measured);
  const all = { images: listing.images, partitions: partitions.length };
  const decision = desiredCapacity({
    nowMs,
    runs: [
      {
        ...{ runId, submittedMs: nowMs, deadlineMs, extract: all, project: all, reducing: false },
        ...{ partitions: partitions.length, imagesPerVcpuSecond: null },
      },
    ],
    fleet: { desiredVcpus: 0, runningVcpus: 0, bootingVcpus: 0, drainingVcpus: 0 },
    past: [],
    policy: {
      ...DEFAULT_POLICY,
      maxVcpus: maxVcpus ?? NO_LIMIT,
      vcpuStep: price.vcpus,
      bootSeconds: prices.worker.bootSeconds,
      imagesPerVcpuSecond: price.imagesPerVcpuSecond / slowdown,
      usdPerVcpuHour: price.onDemand / price.vcpus,
    },
  });
  const { bytes, images } = listing;
  const { vcpus } = decision;
  const projectingVcpus = Math.max(1, Math.min(vcpus, partitions.length));
  const endSeconds = reduceSeconds(all) + projectSeconds(all) / projectingVcpus + finishSeconds(all);
  const job = { images, bytes, partitions: partitions.length, instance: price, slowdown, endSeconds };
  return {
    ...{ instance, region: prices.region, priceDate: prices.date, slowdown },
    deadline: deadlineMs === null ? null : new Date(deadlineMs).toISOString(),
    inTime: decision.runs[0]?.inTime ?? true,
    reason: decision.reason,
    cost: clusterCost({ ...job, vcpus }, prices),
  };
}

/** From the share of decoding, which depends little on the machine. */
function slowdownOf(measured: Measured | null): number {
  if (measured === null || measured.inferenceMs <= 0) return 1;
  return Math.max(1, (1 + measured.decodeMs / measured.inferenceMs) / (1 + USUAL_DECODE_SHARE));
}
