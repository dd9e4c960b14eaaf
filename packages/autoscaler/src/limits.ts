/** What a policy allows. */
import type { ScalingPolicy } from './scaling-input.ts';

/** In vCPUs; multiples of the step. */
export interface Limits {
  readonly min: number;
  readonly max: number;
  /** What sets `max`. */
  readonly by: 'max' | 'cost';
}

/** The least multiple of a step that is enough. */
export const roundUp = (vcpus: number, step: number): number =>
  Math.max(0, Math.ceil(vcpus / step - 1e-9)) * step;

/** The limits of a policy. The cost ceiling and `maxVcpus` win over `minVcpus`. */
export function limitsOf(policy: ScalingPolicy): Limits {
  const { minVcpus, maxVcpus, vcpuStep, usdPerVcpuHour, maxUsdPerHour } = policy;
  const affordable = maxUsdPerHour === null ? Number.POSITIVE_INFINITY : maxUsdPerHour / usdPerVcpuHour;
  const by = affordable < maxVcpus ? 'cost' : 'max';
  const max = Math.floor(Math.min(maxVcpus, affordable) / vcpuStep + 1e-9) * vcpuStep;
  return { min: Math.min(max, roundUp(minVcpus, vcpuStep)), max, by };
}
