import { type AutoscalerOptions, autoscalerOptionsSchema, VergerError } from '@verger/core';
import { chooseOptions, type OptionInput } from './choose-options.ts';
import { AUTOSCALER_OPTIONS } from './options-of-autoscaler.ts';

/** Seconds between two looks unless it is told otherwise. */
const DEFAULT_INTERVAL = 10;

/** Written options of the autoscaler as checked ones. Pure. Errors: E_CONFIG, see `chooseOptions`. */
export function resolveAutoscaler(input: OptionInput): AutoscalerOptions {
  const chosen = chooseOptions(input, ['place', ...AUTOSCALER_OPTIONS.map(({ name }) => name)]);
  const checked = autoscalerOptionsSchema.safeParse({
    places: chosen.value('place') ?? [],
    group: chosen.value('group') ?? null,
    minVcpus: chosen.value('minVcpus') ?? null,
    maxVcpus: chosen.value('maxVcpus') ?? null,
    vcpuStep: chosen.value('vcpuStep') ?? null,
    targetSeconds: chosen.value('target') ?? null,
    bootSeconds: chosen.value('bootSeconds') ?? null,
    imagesPerVcpuSecond: chosen.value('imagesPerVcpuSecond') ?? null,
    settleSeconds: chosen.value('settleSeconds') ?? null,
    usdPerVcpuHour: chosen.value('usdPerVcpuHour') ?? null,
    maxUsdPerHour: chosen.value('maxUsdPerHour') ?? null,
    intervalSeconds: chosen.value('interval') ?? DEFAULT_INTERVAL,
  });
  if (checked.success) return checked.data;
  const detail = checked.error.issues.map(({ message }) => `\n  ${message}`).join('');
  throw new VergerError('E_CONFIG', {}, { detail });
}
