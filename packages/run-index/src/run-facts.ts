import { type Epoch, nextStep, type RunState, runState, type Stage } from '@verger/core';
import { stateWords } from '@verger/driver/runs';
import type { CachedRun } from './cached-run.ts';
import type { RunTotals } from './partition-table.ts';
import type { RunRecords } from './run-records.ts';

/** What a run looks like from outside: a colour, always beside words. */
export type Tone = 'good' | 'active' | 'warn' | 'bad' | 'quiet';

/** What is said of a run in a row of the list and at the head of its page. */
export interface RunFacts extends RunTotals {
  /** `damaged`: a record cannot be read. */
  readonly state: RunState | 'damaged';
  readonly words: string;
  readonly tone: Tone;
  /** What it needs next. */
  readonly step: Stage | 'done';
  readonly listed: number;
  readonly partitions: number;
  readonly projected: number;
  readonly k: number | null;
  /** Images per second: lately while it runs, on average once it is done; null when there is none. */
  readonly perSecond: number | null;
  /** Milliseconds until all images are extracted, at that rate. */
  readonly etaMs: number | null;
  /** Workers that have committed lately. */
  readonly workers: number;
  readonly epoch: Epoch | undefined;
  /** What ended it for good, `E_CODE: sentence`; undefined unless it failed. */
  readonly failure: string | undefined;
  /** When something was written last: a commit, else the submission. */
  readonly lastMs: number | undefined;
}

/** The rate is measured over this time, or over more where partitions take longer. */
const WINDOW_MS = 5 * 60_000;
const NONE: RunTotals = { committed: 0, extracted: 0, quarantined: 0, reused: 0 };

/** The facts of a run at a time of day. Cost: a pass over its partitions. */
export function factsOf({ records }: Pick<CachedRun, 'records'>, nowMs: number): RunFacts {
  const { plan, success, table, epochs, newest, faults, dropped } = records;
  const epoch = epochs.get(newest);
  const partitions = plan?.partitions ?? 0;
  const listed = plan?.manifest.listing.images ?? 0;
  const totals = totalsOf(records, partitions);
  const isComplete = totals.committed === partitions;
  const final = [...records.failures.values()].filter(({ permanent }) => permanent).at(-1);
  const facts = {
    ...{ epoch: newest, model: records.model, success: success !== undefined, cancelled: records.cancelled },
    ...{ extracted: isComplete ? totals.extracted : null, projected: records.projected },
    failed: final !== undefined,
  };
  const committed = {
    has: (partition: number) => (dropped === undefined ? table?.has(partition) : isComplete) ?? false,
  };
  const step =
    plan === undefined ? 'extract' : nextStep({ partitions: new Array(partitions) }, committed, facts).step;
  const state = runState(facts);
  const pace = state === 'done' || table === undefined ? undefined : paceOf(records, nowMs);
  const isDamaged = faults.size > 0;
  const words = isDamaged ? 'damaged' : stateWords(state, { epoch, verdict: success?.verdict ?? null });
  const submittedMs = epoch === undefined ? undefined : Date.parse(epoch.at);
  return {
    ...totals,
    ...{ state: isDamaged ? 'damaged' : state, words, tone: isDamaged ? 'bad' : toneOf(state, words) },
    ...{ step, listed, partitions, k: success?.k ?? null, epoch },
    projected: state === 'done' && success?.k !== null ? partitions : records.projected.size,
    perSecond: pace?.perSecond ?? records.report?.stages.extract.imagesPerSecond ?? null,
    etaMs: state === 'running' && step === 'extract' ? etaOf(totals, listed, pace?.perSecond) : null,
    workers: pace?.workers ?? 0,
    failure: state === 'failed' && final !== undefined ? `${final.code}: ${final.reason}` : undefined,
    lastMs: table?.newestMs() ?? submittedMs,
  };
}

function totalsOf({ success, table, dropped, report }: RunRecords, partitions: number): RunTotals {
  if (success === undefined) return table?.totals() ?? dropped ?? NONE;
  const { extracted, quarantined } = success;
  return { committed: partitions, extracted, quarantined, reused: report?.reused ?? 0 };
}

function toneOf(state: RunState, words: string): Tone {
  if (state === 'done') return words === 'done' ? 'good' : 'warn';
  if (state === 'failed') return 'bad';
  if (state !== 'running') return 'quiet';
  return words === 'interrupted' ? 'warn' : 'active';
}

/** How fast images were committed lately, and by how many workers. */
function paceOf({ table, epochs, newest }: RunRecords, nowMs: number) {
  if (table === undefined) return undefined;
  const windowMs = Math.max(WINDOW_MS, 3 * (table.longestMs() ?? 0));
  const submittedMs = Date.parse(epochs.get(newest)?.at ?? '');
  const fromMs = Math.max(nowMs - windowMs, Number.isNaN(submittedMs) ? 0 : submittedMs);
  const { images, workers } = table.since(fromMs);
  const seconds = (nowMs - fromMs) / 1000;
  return { perSecond: images > 0 && seconds > 0 ? images / seconds : null, workers };
}

function etaOf(
  { extracted, quarantined }: RunTotals,
  listed: number,
  perSecond: number | null | undefined,
): number | null {
  if (perSecond === null || perSecond === undefined) return null;
  return ((listed - extracted - quarantined) / perSecond) * 1000;
}
