/** The options of a deployment, read from the context of the CDK app. */
import type { App } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { z } from 'zod';
import { FAMILIES, type FamilyName, type Size, VCPUS } from './families.ts';

const keysOf = <T extends string>(table: Record<T, unknown>) => Object.keys(table) as [T, ...T[]];
/** Of the command line everything is a string; `cdk.context.json` has numbers and booleans as well. */
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]);
const count = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value),
    z.number(`must be a whole number of ${min}..${max}`).int().min(min).max(max),
  );
const list = <T extends string>(words: [T, ...T[]]) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').map((word) => word.trim()) : value),
    z.array(z.enum(words)).min(1),
  );
const RETENTIONS = Object.values(RetentionDays).filter(
  (days): days is number => typeof days === 'number' && days <= 3653,
);

/** Each option with its check and its default; README.md says what it is. */
export const fields = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,29}$/, 'must be 1..30 small letters, digits and hyphens')
    .default('verger'),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be the name of a region, as eu-west-1')
    .default('eu-west-1'),
  inputBucket: z
    .string('must be given: the name of the bucket with the images')
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket, without s3://'),
  family: z.enum(keysOf(FAMILIES)).default('c7a'),
  sizes: list(keysOf(VCPUS)).default(['large', 'xlarge', '2xlarge']),
  maxVcpus: count(2, 10_000).default(32),
  // A group does not turn to on-demand by itself: these go on when there is no spot capacity.
  onDemandBaseVcpus: count(0, 10_000).default(2),
  onDemandPercent: count(0, 100).default(0),
  zones: count(1, 6).default(3),
  controlType: z
    .string()
    .regex(/^[a-z0-9]+\.[a-z0-9]+$/, 'must be an instance type, as t3a.medium')
    .optional(),
  versioning: flag.default(false),
  tls: flag.default(false),
  logDays: count(1, 3653)
    .refine((days) => RETENTIONS.includes(days), `must be one of ${RETENTIONS.join(', ')}`)
    .default(30),
  budgetEmail: z.email('must be an e-mail address').optional(),
  budgetUsd: count(1, 1_000_000).default(50),
});

const shape = fields.refine(({ sizes, maxVcpus }) => sizes.some((size) => VCPUS[size] <= maxVcpus), {
  path: ['maxVcpus'],
  message: 'must be at least the vCPUs of the smallest of the sizes',
});

/** Checked options, all there but those that may be left out: README.md says what each does. */
export interface Options extends Omit<z.output<typeof fields>, 'family' | 'sizes'> {
  readonly family: FamilyName;
  readonly sizes: readonly Size[];
}

/** Options that cannot be used; the message lists every fault. */
export class OptionsError extends Error {}

/** What the context says, without what the CDK itself keeps there. */
export function contextOf(app: App): Record<string, unknown> {
  const all = app.node.getAllContext() as Record<string, unknown>;
  return Object.fromEntries(Object.entries(all).filter(([key]) => !/[-@:/]/.test(key)));
}

/** The options that a context gives. Errors: OptionsError with all faults at once. */
export function readOptions(context: Record<string, unknown>): Options {
  const read = shape.safeParse(context);
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) => `  ${path.join('.') || 'context'}: ${message}`);
  throw new OptionsError(
    `The options (-c key=value, cdk.context.json) cannot be used:\n${faults.join('\n')}`,
  );
}
