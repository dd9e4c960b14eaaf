import type { InstancePrice, PriceTable } from './prices.ts';

const HOUR = 3600;
const MONTH_HOURS = 730;

/** An amount that depends on the zone: lowest and highest, USD. */
export type Range = readonly [low: number, high: number];

/** A run on a fleet, before anything was measured there. Seconds. */
export interface ClusterJob {
  readonly images: number;
  readonly partitions: number;
  readonly bytes: number;
  /** Price and speed of one worker instance. */
  readonly instance: InstancePrice;
  /** vCPUs that are asked for. */
  readonly vcpus: number;
  /** How many times longer an image takes than one of 100×100, at least 1. */
  readonly slowdown: number;
  /** From the last extraction to the end with these vCPUs: reduce, projection, finish. */
  readonly endSeconds: number;
}

/** How long, and how much. Amounts are USD, of one run unless they say otherwise. */
export interface ClusterCost {
  readonly workers: number;
  readonly vcpus: number;
  readonly imagesPerSecond: number;
  readonly seconds: {
    readonly boot: number;
    readonly extract: number;
    /** Reduce, projection and finish. */
    readonly end: number;
    readonly total: number;
  };
  readonly requests: Requests;
  readonly usd: {
    readonly workersSpot: Range | null;
    readonly workersOnDemand: number;
    /** Disks and addresses of the workers while they are there. */
    readonly workersOther: number;
    readonly controlBox: number;
    readonly requests: number;
    readonly totalSpot: Range | null;
    readonly totalOnDemand: number;
    readonly per1000Spot: Range | null;
    readonly per1000OnDemand: number;
  };
  /** With no run and no worker. */
  readonly idleUsdPerMonth: number;
  /** The same images on the EMR cluster of the table. */
  readonly emr: {
    readonly instance: string;
    readonly instances: number;
    readonly seconds: number;
    readonly usd: number;
    readonly per1000: number;
  };
}

/** S3 requests of a run, computed from how it works. */
export interface Requests {
  readonly get: number;
  readonly put: number;
  readonly list: number;
}

/** Reads of a run's own files per partition: listing, commit and sums; features and model to project. */
const GETS_PER_PARTITION = 10;
/** Features, sums, commit, projection. */
const PUTS_PER_PARTITION = 4;
/** Images that finish reads again for the thumbnails of the page, at most. */
const THUMBNAILS = 2400;
/** Manifest, epoch, the probe, model, labels, quarantine, reports, timeline, `_SUCCESS`. */
const SINGLE_FILES = 20;
/** A coordinator that watches looks once a second, by three lists. */
const LISTS_PER_SECOND = 3;
const LIST_PAGE = 1000;

/** Requests of a run that takes so long, watched all the time. Pure. */
export function requestsOf(
  { images, partitions }: Pick<ClusterJob, 'images' | 'partitions'>,
  seconds: number,
): Requests {
  const pages = Math.ceil(images / LIST_PAGE);
  const names = Math.ceil(partitions / LIST_PAGE);
  return {
    get: images + Math.min(images, THUMBNAILS) + partitions * GETS_PER_PARTITION + SINGLE_FILES,
    put: partitions * PUTS_PER_PARTITION + SINGLE_FILES,
    list: pages + Math.ceil(seconds * LISTS_PER_SECOND * Math.max(1, names)),
  };
}

/** Time and money of a run on a fleet, and on EMR. Pure; nothing of it was measured on AWS. */
export function clusterCost(job: ClusterJob, prices: PriceTable): ClusterCost {
  const { images, instance, slowdown, endSeconds } = job;
  const workers = Math.max(1, Math.ceil(job.vcpus / instance.vcpus));
  const vcpus = workers * instance.vcpus;
  const imagesPerSecond = (vcpus * instance.imagesPerVcpuSecond) / slowdown;
  const boot = prices.worker.bootSeconds;
  const extract = images / imagesPerSecond;
  const total = boot + extract + endSeconds;
  const requests = requestsOf(job, total);
  const workerHours = (workers * (total + prices.worker.drainSeconds)) / HOUR;
  const usd = amounts({ job, prices, workerHours, requests, totalHours: total / HOUR });
  return {
    ...{ workers, vcpus, imagesPerSecond, requests },
    seconds: { boot, extract, end: endSeconds, total },
    usd,
    idleUsdPerMonth: idleUsdPerMonth(prices),
    emr: emrCost(images, slowdown, prices),
  };
}

function amounts({
  job: { images, instance },
  prices,
  workerHours,
  requests,
  totalHours,
}: {
  readonly job: ClusterJob;
  readonly prices: PriceTable;
  readonly workerHours: number;
  readonly requests: Requests;
  readonly totalHours: number;
}): ClusterCost['usd'] {
  const { s3, ebsGibMonth, publicIpv4PerHour, worker, controlBox } = prices;
  const workersSpot: Range | null =
    instance.spot === null ? null : [instance.spot[0] * workerHours, instance.spot[1] * workerHours];
  const workersOnDemand = instance.onDemand * workerHours;
  const workersOther = workerHours * ((worker.gib * ebsGibMonth) / MONTH_HOURS + publicIpv4PerHour);
  const box = totalHours * (controlBox.perHour + publicIpv4PerHour);
  const asked =
    (requests.get * s3.getPer1000 + requests.put * s3.putPer1000 + requests.list * s3.listPer1000) / 1000;
  const others = workersOther + box + asked;
  const per1000 = (amount: number) => (amount * 1000) / Math.max(1, images);
  const totalSpot: Range | null =
    workersSpot === null ? null : [workersSpot[0] + others, workersSpot[1] + others];
  return {
    ...{ workersSpot, workersOnDemand, workersOther, controlBox: box, requests: asked, totalSpot },
    totalOnDemand: workersOnDemand + others,
    per1000Spot: totalSpot === null ? null : [per1000(totalSpot[0]), per1000(totalSpot[1])],
    per1000OnDemand: per1000(workersOnDemand + others),
  };
}

/** What a deployment costs in a month without a run: control box, its disk and address, secrets, alarm. */
export function idleUsdPerMonth(prices: PriceTable): number {
  const { controlBox, publicIpv4PerHour, ebsGibMonth, secretMonth, secrets, alarmMonth, registryGibMonth } =
    prices;
  const box = MONTH_HOURS * (controlBox.perHour + publicIpv4PerHour) + controlBox.gib * ebsGibMonth;
  return box + secrets * secretMonth + alarmMonth + registryGibMonth;
}

function emrCost(images: number, slowdown: number, { emr, instances }: PriceTable): ClusterCost['emr'] {
  const perHour = (instances[emr.instance]?.onDemand ?? 0) + emr.feePerHour;
  const rate = (emr.executorVcpus * emr.imagesPerVcpuSecond) / slowdown;
  const seconds = emr.startSeconds + images / rate;
  const usd = (emr.instances * perHour * seconds) / HOUR;
  const { instance, instances: count } = emr;
  return { instance, instances: count, seconds, usd, per1000: (usd * 1000) / Math.max(1, images) };
}
