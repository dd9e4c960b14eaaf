import { type AutoscalerOptions, VergerError } from '@verger/core';
import { DEFAULT_POLICY, type ScalingPolicy } from './desired-capacity.ts';
import { limitsOf } from './limits.ts';

/**
 * The policy that options ask for, with the defaults for what they leave open. Errors: E_CONFIG, if it allows
 * not even one worker.
 */
export function policyOf(options: AutoscalerOptions): ScalingPolicy {
  const { minVcpus, maxVcpus, vcpuStep, targetSeconds, bootSeconds } = options;
  const { imagesPerVcpuSecond, settleSeconds, usdPerVcpuHour, maxUsdPerHour } = options;
  const policy = {
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
  refuseTooLittle(policy);
  return policy;
}

function refuseTooLittle(policy: ScalingPolicy): void {
  const { max, by } = limitsOf(policy);
  if (max > 0) return;
  const { vcpuStep, maxVcpus, maxUsdPerHour, usdPerVcpuHour } = policy;
  const usd = (vcpuStep * usdPerVcpuHour).toFixed(2);
  const detail =
    by === 'max'
      ? `\n  --max-vcpus ${maxVcpus}: a worker has ${vcpuStep} vCPUs (--vcpu-step)`
      : `\n  --max-usd-per-hour ${maxUsdPerHour}: a worker of ${vcpuStep} vCPUs costs ${usd} USD per hour`;
  throw new VergerError('E_CONFIG', {}, { detail });
}
