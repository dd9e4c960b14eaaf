/** Why so much capacity is asked for, in plain words with the figures. */
import { counted, formatCount, formatDuration } from '@verger/core';
import type { Choice } from './choose-capacity.ts';
import type { Limits } from './limits.ts';
import type { Need, Outcome } from './need.ts';
import type { RunWork } from './run-work.ts';
import type { ScalingInput } from './scaling-input.ts';

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

function subject(given: Given): string {
  const { works, need } = given;
  if (works.length === 0) return 'No run is under way.';
  const decisive = tightest(given);
  if (decisive === undefined || need.useful === 0) return waiting(given);
  return decisive.doneMs !== null && decisive.doneMs <= decisive.work.deadlineMs
    ? early(given, decisive.work.deadlineMs, decisive.doneMs)
    : late(given, decisive);
}

interface Decisive extends Outcome {
  readonly work: RunWork;
}

/** The run whose deadline is the tightest: what decides. */
function tightest({ works, outcomes }: Given): Decisive | undefined {
  return works
    .map((work, index) => ({ work, ...outcomes[index]! }))
    .filter(({ work }) => work.vcpuSeconds > 0)
    .sort((a, b) => slack(a) - slack(b))[0];
}

const slack = ({ work, doneMs }: Decisive) =>
  doneMs === null ? Number.NEGATIVE_INFINITY : work.deadlineMs - doneMs;

/** `42,000 images in 3 runs` */
function backlog({ works }: Given): string {
  const active = works.filter(({ vcpuSeconds }) => vcpuSeconds > 0);
  const images = active.reduce((sum, one) => sum + one.images, 0);
  return `${counted(Math.round(images), 'image')} in ${counted(active.length, 'run')}`;
}

function early(given: Given, deadlineMs: number, doneMs: number): string {
  const { need, choice, input } = given;
  const due = formatTime(deadlineMs, input.nowMs);
  const spare = `${formatSpan(deadlineMs - doneMs)} early`;
  const needed = `${backlog(given)} need ${counted(need.sized, 'vCPU')} to be done by ${due}`;
  return choice.vcpus === need.sized
    ? `${needed}, ${spare}.`
    : `${needed}; with ${formatCount(choice.vcpus)} they are done ${spare}.`;
}

function late(given: Given, { work, doneMs, inTime }: Decisive): string {
  const { choice, input } = given;
  const due = formatTime(work.deadlineMs, input.nowMs);
  const done = doneMs === null ? 'never done' : `done at ${formatTime(doneMs, input.nowMs)}`;
  const vcpus = counted(choice.vcpus, 'vCPU');
  if (inTime) return `${backlog(given)} may miss ${due} with ${vcpus}: ${done}.`;
  const limit = limitText(given);
  return limit === ''
    ? `${backlog(given)} cannot be done by ${due}; with ${vcpus} ${done}.`
    : `${backlog(given)} cannot be done by ${due}: ${limit}; ${done}.`;
}

/** What keeps the capacity from being higher; empty if nothing does. */
function limitText({ limits, need, works, choice, input: { policy } }: Given): string {
  const limited = `limited to ${counted(choice.vcpus, 'vCPU')} by`;
  if (choice.vcpus >= limits.max) {
    return limits.by === 'max'
      ? `${limited} max`
      : `${limited} the ceiling of USD ${policy.maxUsdPerHour?.toFixed(2)} per hour`;
  }
  if (choice.vcpus < need.useful) return '';
  const partitions = works.reduce((sum, one) => sum + one.partitions, 0);
  return `${limited} the ${counted(partitions, 'partition')} left`;
}

/** Nothing is left for workers now: the reducer works. */
function waiting({ works, input: { nowMs } }: Given): string {
  const reducing = works.filter(({ stage }) => stage === 'reduce');
  const finishing = works.filter(({ stage }) => stage === 'finish').length;
  const untilMs = nowMs + Math.max(...reducing.map(({ waitSeconds }) => waitSeconds)) * 1000;
  const texts = [
    ...(reducing.length > 0
      ? [`${counted(reducing.length, 'run')} in reduce until about ${formatTime(untilMs, nowMs)}`]
      : []),
    ...(finishing > 0 ? [`${counted(finishing, 'run')} in finish`] : []),
  ];
  return `No work for workers: ${texts.join(', ')}.`;
}

function smoothing({ choice, input: { fleet } }: Given): string {
  const { because, vcpus, seenSeconds, ofSeconds } = choice;
  const kept = `Kept at ${formatCount(vcpus)}`;
  switch (because) {
    case 'lowered':
      return `Lowered from ${formatCount(fleet.desiredVcpus)} to ${formatCount(vcpus)}.`;
    case 'kept':
      return `${kept}: lower need seen for ${Math.min(seenSeconds, ofSeconds)} of ${ofSeconds} seconds.`;
    case 'unseen':
      return `${kept}: nothing is lowered in the first ${ofSeconds} seconds after a start.`;
    case 'min':
      return `Not below the min of ${counted(vcpus, 'vCPU')}.`;
    default:
      return '';
  }
}
