import { autoscalerOptionsSchema, readDeadline } from '@verger/core';
import { z } from 'zod';
import { optionsOf } from './option-entry.ts';

const autoscaler = autoscalerOptionsSchema.shape;

/** A time such as `30m` or `2h`, or seconds as a number, in seconds. */
const seconds = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d+(\.\d+)?\s*(s|m|min|h|d)$/i)
      .transform((text) => (readDeadline(text, 0) ?? 0) / 1000),
  ])
  .pipe(autoscaler.targetSeconds.unwrap());

/** Options of `verger autoscaler` only, beside the places. Never part of a run id. */
export const AUTOSCALER_OPTIONS = optionsOf('operational', [
  {
    name: 'group',
    flag: '--group <name>',
    description: 'Auto Scaling group of AWS whose capacity, counted in vCPUs, is set',
    defaultText: 'none: only log and metrics say what is needed',
    expects: 'the name of an Auto Scaling group',
    schema: autoscaler.group,
  },
  {
    name: 'minVcpus',
    flag: '--min-vcpus <count>',
    description:
      'vCPUs of workers that are always there; the alarm of infra/aws ends idle ones after 15 minutes',
    defaultText: '0',
    kind: 'integer',
    expects: 'a whole number from 0 to 100,000',
    schema: autoscaler.minVcpus,
  },
  {
    name: 'maxVcpus',
    flag: '--max-vcpus <count>',
    description: 'vCPUs of workers at most',
    defaultText: '64',
    kind: 'integer',
    expects: 'a whole number from 0 to 100,000',
    schema: autoscaler.maxVcpus,
  },
  {
    name: 'vcpuStep',
    flag: '--vcpu-step <count>',
    description: 'vCPUs of the smallest worker: capacity comes in multiples of it',
    defaultText: '4',
    kind: 'integer',
    expects: 'a whole number from 1 to 1,024',
    schema: autoscaler.vcpuStep,
  },
  {
    name: 'target',
    flag: '--target <time>',
    description: 'time from submission to end for runs without --deadline',
    defaultText: '30m',
    expects: 'a time such as 30m or 2h',
    schema: seconds,
  },
  {
    name: 'bootSeconds',
    flag: '--boot-seconds <seconds>',
    description: 'seconds from asking for a worker to its first image',
    defaultText: '120',
    kind: 'integer',
    expects: 'a whole number from 0 to 3,600',
    schema: autoscaler.bootSeconds,
  },
  {
    name: 'imagesPerVcpuSecond',
    flag: '--images-per-vcpu-second <rate>',
    description: 'images per second that a vCPU is expected to extract, until the run has shown it',
    defaultText: '100',
    expects: 'a number greater than 0, such as 100 or 7.5',
    schema: autoscaler.imagesPerVcpuSecond,
  },
  {
    name: 'settleSeconds',
    flag: '--settle-seconds <seconds>',
    description: 'seconds for which less must have been needed before capacity is lowered',
    defaultText: '120',
    kind: 'integer',
    expects: 'a whole number from 0 to 3,600',
    schema: autoscaler.settleSeconds,
  },
  {
    name: 'usdPerVcpuHour',
    flag: '--usd-per-vcpu-hour <price>',
    description: 'price of a vCPU for an hour, in USD: what --max-usd-per-hour counts with',
    defaultText: '0.055',
    expects: 'a number greater than 0, such as 0.055',
    schema: autoscaler.usdPerVcpuHour,
  },
  {
    name: 'maxUsdPerHour',
    flag: '--max-usd-per-hour <price>',
    description: 'most that the workers may cost per hour, in USD',
    defaultText: 'no limit but --max-vcpus',
    expects: 'a number greater than 0, such as 3.5',
    schema: autoscaler.maxUsdPerHour,
  },
  {
    name: 'interval',
    flag: '--interval <seconds>',
    description: 'seconds between two looks at queue, storage and group',
    defaultText: '10',
    kind: 'integer',
    expects: 'a whole number from 1 to 300',
    schema: autoscaler.intervalSeconds,
  },
]);
