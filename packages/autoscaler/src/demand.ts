import type { RunRef } from '@verger/queue';
import { backlogOf, type CachedRun, factsOf, projectedImages, type RunFacts } from '@verger/run-index';
import type { RunDemand } from './desired-capacity.ts';
import { imagesPerVcpuSecond } from './rate.ts';

/** Jobs of a new epoch may take this long to reach the queue; then whoever opened it has died. */
const SUBMIT_MS = 120_000;

const PRIORITIES: Readonly<Record<RunRef['priority'], number>> = { high: 1, normal: 0, low: -1 };

/** What storage says of a run that the queue names. */
export interface RunSeen {
  /** Undefined: it needs no workers. */
  readonly demand: RunDemand | undefined;
  /** Images that were ever committed, and projected. */
  readonly imagesDone: number;
}

/**
 * The demand of a run whose jobs are in the queue. None: cancelled, failed, done or removed; its newest epoch
 * is not for workers, or has had no jobs for two minutes. Cost: two passes over its partitions.
 */
export function demandOf(
  run: Pick<CachedRun, 'id' | 'records' | 'isGone'>,
  ref: Pick<RunRef, 'epoch' | 'priority'> | undefined,
  nowMs: number,
): RunSeen {
  const { records } = run;
  const facts = factsOf(run, nowMs);
  const isProjected = facts.state === 'done' && facts.k !== null;
  const imagesDone =
    facts.extracted + facts.quarantined + (isProjected ? facts.extracted : projectedImages(records));
  const { epoch, step, partitions } = facts;
  const isOver = facts.state !== 'running' && facts.state !== 'damaged';
  if (
    run.isGone ||
    records.plan === undefined ||
    epoch === undefined ||
    isOver ||
    !isQueued(facts, ref, nowMs)
  )
    return { demand: undefined, imagesDone };
  const isEnding = step === 'finish';
  const { extract, project } = backlogOf(records, facts);
  const demand: RunDemand = {
    ...{ runId: run.id, submittedMs: Date.parse(epoch.at), partitions },
    deadlineMs: epoch.deadline === undefined ? null : Date.parse(epoch.deadline),
    extract,
    project: isEnding ? { images: 0, partitions: 0 } : project,
    priority: PRIORITIES[ref?.priority ?? 'normal'],
    reducing: step === 'reduce',
    ...(step === 'reduce' && facts.lastMs !== undefined ? { reducingSinceMs: facts.lastMs } : {}),
    imagesPerVcpuSecond: imagesPerVcpuSecond(records.table),
  };
  return { demand: step === 'done' ? undefined : demand, imagesDone };
}

/** True when workers can find jobs of the newest epoch, or soon will. */
function isQueued({ epoch }: RunFacts, ref: Pick<RunRef, 'epoch'> | undefined, nowMs: number): boolean {
  if (epoch?.queue === undefined) return false;
  return ref?.epoch === epoch.epoch || nowMs - Date.parse(epoch.at) < SUBMIT_MS;
}
