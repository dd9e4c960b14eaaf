import { counted, type Failure } from '@verger/core';
import { type Alive, PROTOCOL } from '@verger/queue';
import type { LiveWorker, WorkerTrouble } from '@verger/report';
import { nextOf } from '../runs/error-words.ts';
import type { WorkersContext } from './worker-context.ts';

/** A worker whose images take so many times as long as those of the others is slow. */
const SLOW = 2;
/** Without a heartbeat, and without a commit for so long, a worker is silent. */
const SILENT_MS = 15_000;
/** Between two jobs it holds none for a moment, and while it starts for some seconds. */
const IDLE_MS = 15_000;

/** What a worker's troubles are judged by. */
export interface WorkerFacts {
  readonly beat: Alive | undefined;
  /** Time of a child per image; undefined before that can be told. */
  readonly msPerImage: number | undefined;
  /** The median of the others; undefined where there are none. */
  readonly usual: number | undefined;
  /** Its failures of which children died. */
  readonly deaths: readonly Failure[];
  readonly place: number;
  readonly context: WorkersContext;
}

/** What is wrong with one worker of a run that is not done, and what to do. */
export function workerTroubles(worker: LiveWorker, facts: WorkerFacts): WorkerTrouble[] {
  const { context, beat } = facts;
  const { state } = context.facts;
  // Of a run that failed it says why.
  if (state !== 'running') return state === 'done' ? [] : died(worker, facts);
  return [
    ...silent(worker, context),
    ...blocked(worker, beat, context),
    ...died(worker, facts),
    ...slow(worker, facts),
    ...idle(worker, facts),
  ];
}

/** A worker by its name, with its host where that is not in the name. */
export function who({ name, host }: Pick<LiveWorker, 'name' | 'host'>): string {
  return name.includes(host) ? name : `${name} on ${host}`;
}

function silent(worker: LiveWorker, { nowMs }: WorkersContext): WorkerTrouble[] {
  if (worker.alive !== false || worker.lastMs === null || nowMs - worker.lastMs < SILENT_MS) return [];
  const since = new Date(worker.lastMs).toISOString().slice(11, 19);
  const what = `Worker ${who(worker)} is silent: its last sign of life was at ${since} UTC.`;
  const next =
    'If it was stopped on purpose, there is nothing to do: others take its jobs. Else see its log, and the ' +
    "system's for `Out of memory`, then start it again.";
  return [{ kind: 'silent', short: `silent since ${since} UTC`, tone: 'warn', what, next }];
}

function blocked(worker: LiveWorker, beat: Alive | undefined, { run }: WorkersContext): WorkerTrouble[] {
  if (beat === undefined) return [];
  if (beat.protocol !== PROTOCOL) {
    const what = `Worker ${who(worker)} runs another release (protocol ${beat.protocol}, ours is ${PROTOCOL}).`;
    const next = 'Install the same release on all machines.';
    return [{ kind: 'blocked', short: 'runs another release', tone: 'bad', what, next }];
  }
  const { trouble, troubleRun } = beat;
  if (trouble === undefined || (troubleRun !== undefined && troubleRun !== run.location)) return [];
  const code = trouble.slice(0, Math.max(0, trouble.indexOf(':')));
  const isClass = code === 'E_CLASS_OTHER' || code === 'E_NUMERIC_CLASS';
  const next = isOwnLimit(trouble) ? OWN_LIMIT : isClass ? CLASS : (nextOf(code) ?? SEE_LOG);
  const what = `Worker ${who(worker)} cannot work: ${trouble}`;
  return [{ kind: 'blocked', short: `cannot work: ${code}`, tone: 'bad', what, next }];
}

const CLASS =
  'Its features would differ from those of the others: in the last bit, with int8 by more. Stop it, or use ' +
  'machines of one kind, with one release and engine.';
const SEE_LOG = 'See its log.';

/** Codes of children that the system or a limit has ended. */
export const DIED: readonly string[] = ['E_CHILD_DIED', 'E_CHILD_START', 'E_IMG_MEMORY', 'E_JOB_LOST'];

function died(worker: LiveWorker, { deaths: failures }: WorkerFacts): WorkerTrouble[] {
  const last = failures.at(-1);
  if (last === undefined) return [];
  const times = counted(failures.length, 'time');
  if (failures.some(isMemory)) {
    const what = `Worker ${who(worker)} ran out of memory ${times}: ${last.reason}`;
    const next = failures.some(({ reason }) => isOwnLimit(reason)) ? OWN_LIMIT : NO_MEMORY;
    return [{ kind: 'memory', short: `out of memory, ${times}`, tone: 'bad', what, next }];
  }
  const what = `Children of worker ${who(worker)} ended ${times} (${last.code}): ${last.reason}`;
  const next = `See its log. ${nextOf(last.code) ?? ''}`;
  return [{ kind: 'died', short: `${last.code}, ${times}`, tone: 'warn', what, next }];
}

const AGAIN = 'Attempts are made again by themselves, 4 of each partition in all.';
const OWN_LIMIT = `That limit is its \`--child-memory\`: restart this worker with a larger one (1GiB is the default). ${AGAIN}`;
const NO_MEMORY = `Give the machine more memory, or restart its worker with fewer \`--processes\`. ${AGAIN}`;

/** True for a child that the pool has ended: it says what the limit is. */
function isOwnLimit(text: string): boolean {
  return /memory limit|the limit is [\d.]+ [KMG]i?B/.test(text);
}

/** The kernel ends what takes too much by SIGKILL; the pool says when a child exceeds its own limit. */
function isMemory({ code, reason }: Failure): boolean {
  return code === 'E_IMG_MEMORY' || /memory|SIGKILL|heap/i.test(reason);
}

function slow(worker: LiveWorker, { msPerImage, usual, beat, context }: WorkerFacts): WorkerTrouble[] {
  if (msPerImage === undefined || usual === undefined) return [];
  // Of who has gone, it does not matter.
  if (beat === undefined && context.queue?.state.alive !== undefined) return [];
  if (!(usual > 0 && msPerImage > SLOW * usual)) return [];
  const times = (msPerImage / usual).toFixed(1);
  const what = `Worker ${who(worker)} is slow: an image takes it ${msPerImage.toFixed(1)} ms, ${times} times as long as others.`;
  const next =
    'Look what else runs on it, and whether it has more `--processes` than vCPUs. It holds up nothing but its ' +
    'own partitions; to leave it out, stop it.';
  return [{ kind: 'slow', short: `slow: ${times} times as long per image`, tone: 'warn', what, next }];
}

function idle(worker: LiveWorker, { beat, context, place }: WorkerFacts): WorkerTrouble[] {
  const { queue, places, nowMs } = context;
  const waiting = queue?.state.seen?.waiting ?? 0;
  // A release that does not say which jobs it holds cannot be said to hold none.
  const isIdle = beat?.jobs?.length === 0 && beat.trouble === undefined && waiting > 0;
  if (places.idleMs(place, isIdle, nowMs) < IDLE_MS) return [];
  const what = `Worker ${who(worker)} holds no job, though ${counted(waiting, 'job')} wait.`;
  const next = 'If that lasts, see its log: it may be starting, or resting after an error.';
  return [{ kind: 'idle', short: 'holds no job, though jobs wait', tone: 'warn', what, next }];
}
