import { formatDeadlineSpan, runLayout } from '@verger/core';
import { isSameQueue } from '@verger/driver/runs';
import { jobId } from '@verger/queue';
import {
  END_UNIT_MS,
  emptyColumns,
  type LiveColumns,
  type LiveFacts,
  type LiveStage,
  type LiveState,
  type LiveWorker,
  NO_WORKER,
  PARTITION_STATES,
  type PartitionState,
  type Stalled,
} from '@verger/report';
import { backlogOf, type CachedRun, factsOf, type RunFacts } from '@verger/run-index';
import { nextOf } from '../runs/error-words.ts';
import type { QueueFacts } from '../runs/queue-watch.ts';
import { stalledOf, stateLook } from '../runs/state-look.ts';
import { attemptsOf, failureGroups } from './live-failures.ts';
import { workersOf } from './live-workers.ts';
import { troublesOf } from './troubles.ts';
import type { WorkerPlaces } from './worker-context.ts';

/** What a live page is told from. */
export interface LiveContext {
  readonly run: CachedRun;
  readonly queue: QueueFacts | undefined;
  /** Kept from one look to the next. */
  readonly places: WorkerPlaces;
  /** The time of day, ISO 8601. */
  readonly at: string;
  /** Of the monotonic clock. */
  readonly monotonicMs: number;
}

const STATE = Object.fromEntries(PARTITION_STATES.map((state, at) => [state, at])) as Record<
  PartitionState,
  number
>;

/** All that the live page of a run shows. Cost: a few passes over its partitions. */
export function liveStateOf({ run, queue, places, at, monotonicMs }: LiveContext): LiveState {
  const nowMs = Date.parse(at);
  const facts = factsOf(run, nowMs);
  const { records } = run;
  const originMs = Date.parse(records.epochs.get(1)?.at ?? '') || nowMs;
  const isOurs = isSameQueue(queue?.state.queue, facts.epoch?.queue);
  const jobs = isOurs ? jobsPrefix(run) : null;
  const running = runningOf(run, { facts, queue: isOurs ? queue : undefined, places });
  const columns = columnsOf(run, { facts, running, places, originMs });
  const workers = workersOf({ run, facts, queue, places, holders: running.holders, nowMs });
  const failures = failureGroups(records);
  const troubles = troublesOf({ run, facts, queue, workers, failures, nowMs, monotonicMs });
  // Of who works on other runs of the queue, the rate is theirs.
  const ours = workers.filter(({ alive, holds }) => alive === true && (holds?.length ?? 0) > 0);
  const rates = ours.map(({ perSecond }) => perSecond ?? 0);
  const stalled = stalledOf(facts, queue) ?? stalledWorkers(facts, workers, nowMs);
  const { partitions, listed, extracted, quarantined, reused, perSecond, etaMs, k } = facts;
  const all: LiveFacts = {
    ...stateLook(facts, queue),
    isOver: facts.state === 'done' && records.reading === undefined && records.completeAt === records.newest,
    epoch: records.newest,
    ...{ originMs, partitions, listed, extracted, quarantined, reused, k },
    perSecond: rounded(perSecond),
    livePerSecond: rates.length === 0 ? null : rounded(rates.reduce((sum, rate) => sum + rate, 0)),
    etaMs: etaMs === null || stalled !== null ? null : Math.round(etaMs / 1000) * 1000,
    stalled,
    ...deadlineOf(facts, nowMs),
    kept: records.report?.kept ?? null,
    target: records.plan?.manifest.pca.variance ?? null,
    knowsRunning: running.isKnown,
    stages: stagesOf(run, facts),
    ...{ troubles, workers, failures },
    attempts: attemptsOf(records, places),
    quarantine: quarantineOf(run),
    hasModel: records.model || (records.success !== undefined && records.success.k !== null),
    hasReport: records.htmlReport === true,
    jobs,
  };
  return { at, facts: all, columns };
}

/** Without a commit for so long. */
const QUIET_MS = 30_000;

/** Of workers whose heartbeats are there: why none of them does anything. */
function stalledWorkers(
  { state, step, lastMs = 0 }: RunFacts,
  workers: readonly LiveWorker[],
  nowMs: number,
): Stalled | null {
  if (state !== 'running' || step !== 'extract') return null;
  // Where one is silent, and none is alive, that is known before its key is gone.
  if (workers.some(({ alive }) => alive === false) && !workers.some(({ alive }) => alive === true)) {
    return 'nobody';
  }
  const alive = workers.filter((worker) => worker.alive === true);
  if (alive.length === 0) return null;
  const isBlocked = ({ trouble }: LiveWorker) => trouble.some(({ kind }) => kind === 'blocked');
  if (alive.every(isBlocked)) return 'blocked';
  // One that has just begun has not said yet what it has done.
  const isQuiet = nowMs - lastMs > QUIET_MS;
  return isQuiet && alive.every(({ perSecond }) => perSecond === 0) ? 'no image' : null;
}

const rounded = (value: number | null) => (value === null ? null : Math.round(value * 100) / 100);

function deadlineOf({ epoch, state }: RunFacts, nowMs: number): Pick<LiveFacts, 'deadline' | 'deadlineLeft'> {
  const deadline = epoch?.deadline;
  if (deadline === undefined) return { deadline: null, deadlineLeft: null };
  const left = state === 'done' ? 'asked for' : formatDeadlineSpan(deadline, nowMs);
  return { deadline, deadlineLeft: left };
}

/** What the ids of a run's jobs begin with, before the number of the epoch. */
function jobsPrefix({ location, records }: CachedRun): string | null {
  const runId = records.plan?.manifest.runId;
  if (runId === undefined) return null;
  const id = jobId({ location, runId, epoch: 0, kind: 'reduce', partition: null });
  return id.slice(0, -'0000-reduce'.length);
}

/** Partitions that are worked on, and by whom where that is told. */
interface Running {
  readonly isKnown: boolean;
  readonly partitions: ReadonlyMap<number, 'extract' | 'project'>;
  readonly holders: ReadonlyMap<number, number>;
}

function runningOf(
  run: CachedRun,
  { facts, queue, places }: { facts: RunFacts; queue: QueueFacts | undefined; places: WorkerPlaces },
): Running {
  const prefix = jobsPrefix(run);
  const { alive = [], active } = queue?.state ?? {};
  const isKnown = facts.state === 'running' && active !== undefined && prefix !== null;
  const partitions = new Map<number, 'extract' | 'project'>();
  const holders = new Map<number, number>();
  if (!isKnown || facts.epoch === undefined) return { isKnown, partitions, holders };
  const head = `${prefix}${String(facts.epoch.epoch).padStart(4, '0')}-`;
  const partitionOf = (id: string) =>
    id.startsWith(head) ? Number(/^(?:extract|project)-(\d+)$/.exec(id.slice(head.length))?.[1]) : Number.NaN;
  for (const kind of ['extract', 'project'] as const) {
    for (const id of active[kind]) {
      const partition = partitionOf(id);
      if (partition < facts.partitions) partitions.set(partition, kind);
    }
  }
  // Of those who are silent their last heartbeat says it, unless somebody else has the job since.
  const held = [...places.jobs, ...alive.map((one) => [places.of(one), one.jobs ?? []] as const)];
  for (const [place, jobs] of held) {
    for (const id of jobs) {
      const partition = partitionOf(id);
      if (partitions.has(partition)) holders.set(partition, place);
    }
  }
  return { isKnown, partitions, holders };
}

function columnsOf(
  { records }: CachedRun,
  {
    facts,
    running,
    places,
    originMs,
  }: { facts: RunFacts; running: Running; places: WorkerPlaces; originMs: number },
): LiveColumns {
  const { plan, table, success, projected, failures, faults } = records;
  const columns = emptyColumns(plan?.partitions ?? 0);
  if (plan === undefined) return columns;
  columns.images.set(plan.images);
  columns.worker.fill(NO_WORKER);
  const isProjected = success !== undefined && success.k !== null;
  const workers = (table?.workerRefs ?? []).map((ref) => places.of(ref));
  table?.each((at, row) => {
    const isReused = row.reused > 0 && row.reused === row.extracted;
    const state = isProjected || projected.has(at) ? 'projected' : isReused ? 'reused' : 'committed';
    columns.state[at] = STATE[state];
    columns.attempt[at] = Math.min(255, row.attempt);
    columns.epoch[at] = row.epoch;
    columns.worker[at] = workers[row.worker] ?? NO_WORKER;
    columns.extracted[at] = row.extracted;
    columns.quarantined[at] = row.quarantined;
    columns.reused[at] = row.reused;
    columns.end[at] = Math.max(1, Math.round((row.atMs - originMs) / END_UNIT_MS));
    columns.wallMs[at] = row.wallMs;
  });
  for (const { kind, partition, permanent, attempt } of failures.values()) {
    if (kind !== 'extract' || partition === null || partition >= facts.partitions) continue;
    if (table?.has(partition) === true) continue;
    if (columns.state[partition] !== STATE.failed)
      columns.state[partition] = STATE[permanent ? 'failed' : 'retried'];
    columns.attempt[partition] = Math.max(columns.attempt[partition] ?? 0, Math.min(255, attempt));
  }
  for (const [partition, kind] of running.partitions) {
    if (columns.state[partition] === STATE.projected) continue;
    // Its commit is there, though its job has not ended: the stages count it as well.
    if (kind === 'extract' && table?.has(partition) === true) continue;
    columns.state[partition] = STATE.running;
    columns.worker[partition] = running.holders.get(partition) ?? columns.worker[partition] ?? NO_WORKER;
  }
  if (faults.size > 0) {
    const layout = runLayout(plan.manifest.partDigits);
    for (const at of columns.state.keys())
      if (faults.has(layout.commit(at))) columns.state[at] = STATE.damaged;
  }
  return columns;
}

const ORDER = ['extract', 'reduce', 'project', 'finish', 'done'] as const;

/** The stages with what each has yet to do. */
function stagesOf({ records }: CachedRun, facts: RunFacts): LiveStage[] {
  const now = ORDER.indexOf(facts.step);
  const state = (at: number) => {
    if (at < now) return 'done' as const;
    if (at > now) return 'not begun' as const;
    return facts.state === 'running' ? ('under way' as const) : ('next' as const);
  };
  const backlog = backlogOf(records, facts);
  const stages = records.report?.stages;
  const isDone = facts.state === 'done';
  const whole = (at: number) => ({ done: at < now ? 1 : 0, total: 1, backlog: null });
  const { partitions: total, committed, projected } = facts;
  return [
    {
      ...{ stage: 'extract', state: state(0), done: committed, total },
      ...{ backlog: backlog.extract.images, ms: stages?.extract.wallMs ?? null },
    },
    { stage: 'reduce', state: state(1), ...whole(1), ms: stages?.reduceMs ?? null },
    {
      ...{ stage: 'project', state: state(2), done: projected, total },
      ...{ backlog: isDone ? 0 : backlog.project.images, ms: stages?.projectMs ?? null },
    },
    { stage: 'finish', state: state(3), ...whole(3), ms: null },
  ];
}

function quarantineOf({ records }: CachedRun): LiveFacts['quarantine'] {
  const counts = records.report?.quarantine.map(({ code, count }) => [code, count] as const) ?? [
    ...(records.table?.codes() ?? []),
  ];
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => ({ code, count, next: nextOf(code) ?? '' }));
}
