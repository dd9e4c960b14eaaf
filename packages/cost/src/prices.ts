import { VergerError } from '@verger/core';
import { z } from 'zod';

const usd = z.number().nonnegative();
const name = z.string().regex(/^[a-z0-9][a-z0-9-]*\.[a-z0-9-]+$/);

const instanceSchema = z.strictObject({
  vcpus: z.int().positive(),
  /** USD per hour. */
  onDemand: usd,
  /** Lowest and highest USD per hour of the zones; null: not known. */
  spot: z.tuple([usd, usd]).nullable(),
  /** Photographs of 100×100 per second and vCPU. */
  imagesPerVcpuSecond: z.number().positive(),
});

/** Shape of a price table (`infra/aws/prices.json`). All prices are in USD. */
export const priceTableSchema = z.strictObject({
  format: z.literal('verger-prices-1'),
  about: z.string(),
  /** When the prices were looked up: `2026-11`. */
  date: z.string().regex(/^\d{4}-\d\d(-\d\d)?$/),
  region: z.string().min(1),
  currency: z.literal('USD'),
  source: z.string(),
  instances: z.record(name, instanceSchema),
  /** The cluster that verger is compared with. */
  emr: z.strictObject({
    instance: name,
    instances: z.int().positive(),
    /** vCPUs that compute: the primary node's do not. */
    executorVcpus: z.int().positive(),
    /** EMR's own price per instance and hour. */
    feePerHour: usd,
    startSeconds: z.number().nonnegative(),
    imagesPerVcpuSecond: z.number().positive(),
  }),
  controlBox: z.strictObject({ instance: name, perHour: usd, gib: z.number().positive() }),
  worker: z.strictObject({
    gib: z.number().positive(),
    bootSeconds: z.number().nonnegative(),
    drainSeconds: z.number().nonnegative(),
  }),
  s3: z.strictObject({ getPer1000: usd, putPer1000: usd, listPer1000: usd, gibMonth: usd }),
  ebsGibMonth: usd,
  publicIpv4PerHour: usd,
  secretMonth: usd,
  secrets: z.int().nonnegative(),
  alarmMonth: usd,
  registryGibMonth: usd,
});
/** Prices, and what is expected of machines. */
export type PriceTable = z.infer<typeof priceTableSchema>;
/** What one kind of instance costs, and does. */
export type InstancePrice = z.infer<typeof instanceSchema>;

/** Reads a price table. Errors: E_CONFIG that names every fault. */
export function parsePrices(value: unknown, location: string): PriceTable {
  const parsed = priceTableSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
  );
  const detail = `It is not a price table: ${faults.slice(0, 10).join('; ')}.`;
  throw new VergerError('E_CONFIG', { location }, { detail });
}

/** vCPUs of a size, in those of an `xlarge`. */
function sizeFactor(size: string): number | undefined {
  if (size === 'medium') return 1 / 4;
  if (size === 'large') return 1 / 2;
  const many = /^(\d{0,2})xlarge$/.exec(size);
  return many === null ? undefined : Number(many[1] || 1);
}

/**
 * The price of an instance type: that of the table, else scaled from another size of its family, as AWS'
 * prices are. Undefined when the table has no size of the family.
 */
export function instancePrice({ instances }: PriceTable, type: string): InstancePrice | undefined {
  const own = instances[type];
  if (own !== undefined) return own;
  const [family, size = ''] = type.split('.');
  const factor = sizeFactor(size);
  for (const [other, price] of Object.entries(instances)) {
    const [otherFamily, otherSize = ''] = other.split('.');
    const otherFactor = sizeFactor(otherSize);
    if (otherFamily !== family || factor === undefined || otherFactor === undefined) continue;
    const times = factor / otherFactor;
    const vcpus = price.vcpus * times;
    if (!Number.isInteger(vcpus)) continue;
    const spot: [number, number] | null =
      price.spot === null ? null : [price.spot[0] * times, price.spot[1] * times];
    return { ...price, vcpus, onDemand: price.onDemand * times, spot };
  }
  return undefined;
}
