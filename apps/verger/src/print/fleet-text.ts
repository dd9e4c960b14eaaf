import { counted, formatCount, formatDuration } from '@verger/core';
import type { Range } from '@verger/cost';
import type { FleetPlan } from '../plan/plan-fleet.ts';

/** A planned fleet as aligned lines: workers, time, cost of the run, and the same on EMR. */
export function fleetLines(plan: FleetPlan): string[] {
  const { instance, region, priceDate, cost, slowdown } = plan;
  const { workers, vcpus, imagesPerSecond, seconds, usd, emr } = cost;
  const slower =
    slowdown < 1.05 ? '' : `; these images take ${slowdown.toFixed(1)} times as long as small ones`;
  const run = (total: Range | null, onDemand: number) =>
    total === null ? `${money(onDemand)} on demand` : `${range(total)} on spot, ${money(onDemand)} on demand`;
  const instances = usd.workersSpot === null ? money(usd.workersOnDemand) : range(usd.workersSpot);
  const { get, put, list } = cost.requests;
  const asked = `${formatCount(get)} GETs, ${formatCount(put)} PUTs, ${formatCount(list)} LISTs`;
  return [
    `AWS ${region}, prices of ${priceDate} (an estimate; nothing was measured there)`,
    `  workers     ${formatCount(workers)} × ${instance}, ${counted(vcpus, 'vCPU')}: about ` +
      `${formatCount(Math.round(imagesPerSecond))} images/s${slower}`,
    `  ${plan.inTime ? 'deadline   ' : 'WARNING    '} ${plan.reason}`,
    ...(plan.inTime ? [] : ['              Take a later deadline, or raise --max-vcpus.']),
    `  time        about ${time(seconds.total)}: ${time(seconds.boot)} to start workers, ` +
      `${time(seconds.extract)} to extract, ${time(seconds.end)} for PCA and projection`,
    `  run         ${run(usd.totalSpot, usd.totalOnDemand)}:`,
    `              workers until they have drained ${instances}, ` +
      `their disks and addresses ${money(usd.workersOther)}, control box ${money(usd.controlBox)},`,
    `              S3 requests ${money(usd.requests)} (${asked})`,
    `  per 1,000   ${run(usd.per1000Spot, usd.per1000OnDemand)}`,
    `  EMR         ${emr.instances} × ${emr.instance}: about ${time(emr.seconds)}, ${money(emr.usd)}; ` +
      `${money(emr.per1000)} per 1,000 images`,
    `  idle        ${money(cost.idleUsdPerMonth)} a month without a run (control box, secrets, addresses); ` +
      'nothing after `cdk destroy` but storage',
  ];
}

const time = (seconds: number) => formatDuration(seconds * 1000);

/** Dollars with two significant digits below one, and cents above. */
export function money(usd: number): string {
  if (usd >= 0.1) return `$${usd.toFixed(2)}`;
  if (usd === 0) return '$0';
  return `$${Number(usd.toPrecision(2)).toFixed(Math.min(6, Math.max(2, 1 - Math.floor(Math.log10(usd)))))}`;
}

/** `$0.11–0.13`, or one amount where both are the same. */
export function range([low, high]: Range): string {
  const [from, to] = [money(low), money(high)];
  return from === to ? from : `${from}–${to.slice(1)}`;
}
