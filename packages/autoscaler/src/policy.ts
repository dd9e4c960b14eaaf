import type { AutoscalerOptions } from '@verger/core';
import { DEFAULT_POLICY, type ScalingPolicy } from './desired-capacity.ts';

/** The policy that options ask for, with the defaults for what they leave open. */
export function policyOf(options: AutoscalerOptions): ScalingPolicy {
  const { minVcpus, maxVcpus, vcpuStep, targetSeconds, bootSeconds } = options;
  const { imagesPerVcpuSecond, settleSeconds, usdPerVcpuHour, maxUsdPerHour } = options;
  return {
    ...DEFAULT_POLICY,
    minVcpus: minVcpus ?? DEFAULT_POLICY.minVcpus,
    maxVcpus: maxVcpus ?? DEFAULT_POLICY.maxVcpus,
    vcpuStep: vcpuStep ?? DEFAULT_POLICY.vcpuStep,
    targetSeconds: targetSeconds ?? DEFAULT_POLICY.targetSeconds,
    bootSeconds: bootSeconds ?? DEFAULT_POLICY.bootSeconds,
    imagesPerVcpuSecond: imagesPerVcpuSecond ?? DEFAULT_POLICY.imagesPerVcpuSecond,
    settleSeconds: settleSeconds ?? DEFAULT_POLICY.settleSeconds,
    usdPerVcpuHour: usdPerVcpuHour ?? DEFAULT_POLICY.usdPerVcpuHour,
    maxUsdPerHour: maxUsdPerHour ?? DEFAULT_POLICY.maxUsdPerHour,
  };
}
