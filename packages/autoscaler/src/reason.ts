/** Why so much capacity is asked for, in plain words with the figures. */
import { counted, formatCount, formatDuration } from '@verger/core';
import type { Choice, Limits } from './choose-capacity.ts';
import type { ScalingInput } from './desired-capacity.ts';
import type { Need, Outcome } from './need.ts';
import type { RunWork } from './run-work.ts';

interface Given {
  readonly input: ScalingInput;
  readonly works: readonly RunWork[];
  readonly need: Need;
  readonly choice: Choice;
  readonly limits: Limits;
  readonly outcomes: readonly Outcome[];
}

const HALF_DAY_MS = 12 * 3_600_000;

/** `14:30 UTC`; with its date if that is more than half a day away. */
export function formatTime(ms: number, nowMs: number): string {
  const iso = new Date(ms).toISOString();
  const time = `${iso.slice(11, 16)} UTC`;
  return Math.abs(ms - nowMs) > HALF_DAY_MS ? `${iso.slice(0, 10)} ${time}` : time;
}

/** `6 minutes`, `40 seconds`, `2 h 03 min`. */
export function formatSpan(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 120) return counted(seconds, 'second');
  return seconds < 7200 ? counted(Math.round(seconds / 60), 'minute') : formatDuration(seconds * 1000);
}

/** One or two sentences. */
export function reasonOf(given: Given): string {
  return [subject(given), smoothing(given)].filter((sentence) => sentence !== '').join(' ');
}

/** The run whose deadline is the tightest: what decides. */
function tightest({ works, outcomes }: Given) {
  return works
    .map((work, index) => ({ work, ...outcomes[index]! }))
    .filter(({ work }) => work.vcpuSeconds > 0)
    .sort((a, b) => slack(a) - slack(b))[0];
}

const slack = ({ work, doneMs }: { work: RunWork; doneMs: number | null }) =>
  doneMs === null ? Number.NEGATIVE_INFINITY : work.deadlineMs - doneMs;

function subject(given: Given): string {
  const { works, need, choice, limits, input } = given;
  if (works.length === 0) return 'No run is under way.';
  const decisive = tightest(given);
  if (decisive === undefined || need.useful === 0) return waiting(works);
  const active = works.filter(({ vcpuSeconds }) => vcpuSeconds > 0);
  const images = formatCount(Math.round(active.reduce((sum, one) => sum + one.images, 0)));
  const what = `${images} images in ${counted(active.length, 'run')}`;
  const deadline = formatTime(decisive.work.deadlineMs, input.nowMs);
  const { doneMs } = decisive;
  if (doneMs !== null && doneMs <= decisive.work.deadlineMs) {
    const early = formatSpan(decisive.work.deadlineMs - doneMs);
    const verb = choice.vcpus > need.sized ? 'have' : 'need';
    return `${what} ${verb} ${counted(choice.vcpus, 'vCPU')} to be done by ${deadline}, ${early} early.`;
  }
  const done = doneMs === null ? 'never done' : `done at ${formatTime(doneMs, input.nowMs)}`;
  const limit = `limited to ${counted(choice.vcpus, 'vCPU')} by ${limitText(given)}`;
  return choice.vcpus >= Math.min(limits.max, need.useful)
    ? `${what} cannot be done by ${deadline}: ${limit}; ${done}.`
    : `${what} will be late for ${deadline}: ${done} with ${counted(choice.vcpus, 'vCPU')}.`;
}

function limitText({ limits, need, works, input: { policy } }: Given): string {
  if (need.useful < limits.max) {
    const partitions = works.reduce((sum, { usefulVcpus }) => sum + usefulVcpus, 0) / policy.vcpuStep;
    return `the ${counted(Math.ceil(partitions), 'partition')} that are left`;
  }
  return limits.by === 'max' ? 'max' : `the cost ceiling of USD ${policy.maxUsdPerHour?.toFixed(2)} per hour`;
}

/** Nothing is left for workers now: the reducer works. */
function waiting(works: readonly RunWork[]): string {
  const reducing = works.filter(({ stage }) => stage === 'reduce').length;
  const finishing = works.length - reducing;
  const texts = [
    ...(reducing > 0 ? [`${counted(reducing, 'run')} being reduced`] : []),
    ...(finishing > 0 ? [`${counted(finishing, 'run')} being finished`] : []),
  ];
  return `No work for workers: ${texts.join(', ')}.`;
}

function smoothing({ choice, input: { fleet } }: Given): string {
  const { because, vcpus, seenSeconds, ofSeconds } = choice;
  if (because === 'lowered') return `Lowered from ${fleet.desiredVcpus} to ${vcpus}.`;
  if (because === 'kept')
    return `Kept at ${vcpus}: lower need seen for ${Math.min(seenSeconds, ofSeconds)} of ${ofSeconds} seconds.`;
  if (because === 'unseen') return `Kept at ${vcpus} until ${ofSeconds} seconds were seen since the start.`;
  return because === 'min' ? `Raised to the min of ${vcpus}.` : '';
}
