import { counted, formatCount, isEnvironmental } from '@verger/core';
import { ago, type LiveFailures, type LiveWorker, type Trouble, type WorkerTrouble } from '@verger/report';
import type { CachedRun, RunFacts } from '@verger/run-index';
import { nextOf, reasonOf } from '../runs/error-words.ts';
import { AWAY_WORDS, idleWords } from '../runs/idle-words.ts';
import type { QueueFacts } from '../runs/queue-watch.ts';

/** Damaged records, and troubles of workers, that are named; the rest is counted. */
const MOST_NAMED = 5;

/** What the troubles of a run are told from. */
export interface TroubleContext {
  readonly run: CachedRun;
  readonly facts: RunFacts;
  readonly queue: QueueFacts | undefined;
  readonly workers: readonly LiveWorker[];
  readonly failures: readonly LiveFailures[];
  readonly nowMs: number;
  /** Of the monotonic clock. */
  readonly monotonicMs: number;
}

/** All that is wrong with a run, with what to do: the worst first. Text as it came, not yet printable. */
export function troublesOf(context: TroubleContext): Trouble[] {
  const all = [
    ...ofStorage(context),
    ...ofRecords(context),
    ...ofWorkers(context),
    ...ofQueue(context),
    ...ofAttempts(context),
    ...ofImages(context),
  ];
  return [...all.filter(({ tone }) => tone === 'bad'), ...all.filter(({ tone }) => tone === 'warn')];
}

const withCode = (text: string) => nextOf(text.slice(0, text.indexOf(':'))) ?? '';

function ofStorage({ run, monotonicMs }: TroubleContext): Trouble[] {
  const { error, lookedMs } = run;
  if (error === undefined) return [];
  const age = lookedMs === undefined ? '' : ` What is shown was read ${ago(monotonicMs - lookedMs)}.`;
  return [{ tone: 'bad', what: `The storage does not answer: ${error}`, next: `${withCode(error)}${age}` }];
}

function ofRecords({ run, facts }: TroubleContext): Trouble[] {
  const faults = [...run.records.faults];
  const named = faults
    .slice(0, MOST_NAMED)
    .map(([file, fault]): Trouble => ({ tone: 'bad', what: `\`${file}\`: ${fault}`, next: withCode(fault) }));
  const rest = faults.length - named.length;
  if (rest > 0) named.push({ tone: 'bad', what: `${counted(rest, 'further damaged record')}.`, next: '' });
  if (facts.failure !== undefined) {
    const next = withCode(facts.failure);
    named.unshift({ tone: 'bad', what: `The run failed: ${facts.failure}`, next });
  }
  return named;
}

/** Workers that are named where several have the same trouble. */
const MOST_WORKERS = 6;
/** The same trouble of several workers. */
const MANY: Readonly<Record<WorkerTrouble['kind'], string>> = {
  silent: 'workers are silent',
  blocked: 'workers cannot work',
  memory: 'workers ran out of memory',
  died: 'workers lost children',
  slow: 'workers are slow: an image takes them more than twice as long as others',
  idle: 'workers hold no job, though jobs wait',
};

function ofWorkers({ workers }: TroubleContext): Trouble[] {
  const groups = new Map<string, { worker: LiveWorker; trouble: WorkerTrouble }[]>();
  for (const worker of workers) {
    for (const trouble of worker.trouble) {
      // What keeps workers from work is told apart by its code.
      const key = trouble.kind === 'blocked' ? trouble.short : trouble.kind;
      groups.set(key, [...(groups.get(key) ?? []), { worker, trouble }]);
    }
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { tone, what, next, kind } = first.trouble;
    if (group.length === 1) return [{ tone, what, next }];
    const names = group.slice(0, MOST_WORKERS).map(({ worker: { name } }) => name);
    const more = group.length > names.length ? ` and ${formatCount(group.length - names.length)} more` : '';
    const example = kind === 'silent' || kind === 'slow' || kind === 'idle' ? '' : ` ${what}`;
    const all = `${formatCount(group.length)} ${MANY[kind]}: ${names.join(', ')}${more}.${example}`;
    return [{ tone, what: all, next }];
  });
}

function ofQueue({ run, facts, queue, nowMs, workers }: TroubleContext): Trouble[] {
  const words = idleWords({ facts, longestMs: run.records.table?.longestMs(), nowMs, queue });
  // Of workers whose heartbeats are there, their own troubles say it.
  const isSaid = (text: string) =>
    workers.some(({ name, trouble }) => trouble.length > 0 && text.startsWith(`The worker ${name} `));
  const next = (what: string) => {
    if (what.startsWith(AWAY_WORDS)) return START_REDIS;
    return /^(Nothing|The run has not)/.test(what) ? LOGS : '';
  };
  return words
    .filter((text) => !isSaid(text))
    .map((what): Trouble => ({ tone: 'warn', what, next: next(what) }));
}

const START_REDIS =
  'Start Redis again; workers and reducers find it by themselves. Jobs that were lost with it are submitted ' +
  'again by `verger resume RUN`.';
const LOGS = 'See who works on it below, and the logs of those.';

/** Codes that the workers' own troubles explain. */
const OF_WORKERS = ['E_CHILD_DIED', 'E_CHILD_START', 'E_JOB_LOST'];

function ofAttempts({ facts, failures, workers }: TroubleContext): Trouble[] {
  if (facts.state === 'done') return [];
  const isSaid = workers.some(({ trouble }) =>
    trouble.some(({ kind }) => kind === 'memory' || kind === 'died'),
  );
  return failures
    .filter(({ code, isFinal }) => !isFinal && !(isSaid && OF_WORKERS.includes(code)))
    .slice(0, MOST_NAMED)
    .map(({ code, attempts, reason, path, next }): Trouble => {
      // In a path a backquote would end the code.
      const last = path === null ? '' : ` The last at \`${path.replaceAll('`', "'")}\`.`;
      const what = `${counted(attempts, 'attempt')} failed with ${code}: ${reason}${last}`;
      return { tone: 'warn', what, next: `${next} Each partition is tried 4 times.` };
    });
}

function ofImages({ run, facts }: TroubleContext): Trouble[] {
  const { records } = run;
  const codes = records.report?.quarantine.map(({ code, count }) => [code, count] as const) ?? [
    ...(records.table?.codes() ?? []),
  ];
  const around = codes
    .filter(([code]) => isEnvironmental(code as Parameters<typeof isEnvironmental>[0]))
    .map(([code, count]): Trouble => {
      const what = `${counted(count, 'image')} of ${formatCount(facts.listed)} could not be read (${code}): ${reasonOf(code)}`;
      return { tone: 'warn', what, next: nextOf(code) ?? '' };
    });
  if (records.success?.verdict !== 'too-many-bad') return around;
  const what = 'More images are in quarantine than `--max-bad` allows.';
  const next = 'The results from the good images are kept. The section Quarantine says why by code.';
  return [{ tone: 'warn', what, next }, ...around];
}
