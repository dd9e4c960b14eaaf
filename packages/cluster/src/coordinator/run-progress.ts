import {
  addCounts,
  type Failure,
  failureSchema,
  forEachBounded,
  isFailureOf,
  nextStep,
  type QuarantineCounts,
  RUN_FILES,
  RUN_FOLDERS,
  type Run,
  type RunEvent,
  runFileOf,
  runLayout,
  type Stage,
  type Success,
} from '@verger/core';
import { readCommit, readRecord, readSuccess } from '@verger/run';

const READS_AT_ONCE = 16;

/** What storage said at the last look: names that were seen, and the stage that follows from them. */
export interface Seen {
  readonly commits: Set<number>;
  readonly projected: Set<number>;
  readonly failures: Map<string, Failure>;
  stage: Stage | undefined;
  stageStartedMs: number;
  /** When a store that does not answer was last reported. */
  unreadToldMs: number;
}

/** Between two lines about images that a store or a disk does not give. */
const UNREAD_TOLD_MS = 60_000;

/** Before the first look. */
export function nothingSeen(): Seen {
  return {
    commits: new Set(),
    projected: new Set(),
    failures: new Map(),
    stage: undefined,
    stageStartedMs: 0,
    unreadToldMs: Number.NEGATIVE_INFINITY,
  };
}

/** Partitions whose files of that folder are there, by their names. Cost: one list. */
export async function partitionsIn(
  { store, manifest }: Pick<Run, 'store' | 'manifest'>,
  kind: 'commit' | 'projection',
): Promise<number[]> {
  const layout = runLayout(manifest.partDigits);
  const prefix = kind === 'commit' ? RUN_FOLDERS.commits : RUN_FOLDERS.projection;
  const found: number[] = [];
  for await (const { key } of store.list({ prefix })) {
    const file = runFileOf(key, layout, manifest.partitions.length);
    if (file?.kind === kind && file.number !== null) found.push(file.number);
  }
  return found;
}

/**
 * One look at a run's storage: emits what is new since the last, and gives `_SUCCESS` when it is there. Cost:
 * three lists, a small read for each new record.
 */
export async function lookAtRun(
  run: Run,
  seen: Seen,
  { emit, nowMs }: { emit: (event: RunEvent) => void; nowMs: number },
): Promise<Success | undefined> {
  await newFailures(run, seen, { emit, nowMs });
  const first = seen.stage === undefined;
  const { fresh, ...counted } = await newCommits(run, seen);
  if (first) {
    emit({ type: 'images:done', ...counted });
    enter('extract', run, seen, { emit, nowMs });
  } else if (fresh.length > 0) emit({ type: 'images:done', ...counted });
  if (!first) for (const partition of fresh) emit({ type: 'partition:done', stage: 'extract', partition });
  const success = await readSuccess(run.store);
  const stage = success === undefined ? await stageOf(run, seen) : 'done';
  for (const next of ['reduce', 'project', 'finish'] as const) {
    if (stage !== 'done' && ORDER.indexOf(stage) < ORDER.indexOf(next)) break;
    enter(next, run, seen, { emit, nowMs });
    // Also when it is over by now: what came between two looks is reported.
    if (next === 'project' && seen.stage === 'project') await newProjections(run, seen, emit);
  }
  if (success !== undefined) leave(seen, { emit, nowMs });
  return success;
}

const ORDER: readonly Stage[] = ['extract', 'reduce', 'project', 'finish'];

/** The stage that the run is in, as far as names tell. */
async function stageOf({ store, manifest }: Run, seen: Seen): Promise<Stage> {
  const { status } = await store.read(RUN_FILES.model, { lastBytes: 1 });
  const none = { epoch: 1, success: false, extracted: null, cancelled: false, failed: false };
  const markers = { ...none, model: status === 'read', projected: seen.projected };
  const next = nextStep(manifest, seen.commits, markers).step;
  return next === 'done' ? 'finish' : next;
}

interface Sink {
  readonly emit: (event: RunEvent) => void;
  readonly nowMs: number;
}

/** Begins a stage, and ends the one before; does nothing in that stage or a later one. */
function enter(stage: Stage, { manifest }: Run, seen: Seen, sink: Sink): void {
  if (seen.stage !== undefined && ORDER.indexOf(seen.stage) >= ORDER.indexOf(stage)) return;
  leave(seen, sink);
  seen.stage = stage;
  seen.stageStartedMs = sink.nowMs;
  const total =
    { extract: manifest.listing.images, finish: 1 }[stage as string] ?? manifest.partitions.length;
  sink.emit({ type: 'stage:start', stage, total, done: stage === 'extract' ? imagesOf(manifest, seen) : 0 });
}

function leave(seen: Seen, { emit, nowMs }: Sink): void {
  if (seen.stage === undefined) return;
  emit({ type: 'stage:done', stage: seen.stage, ms: nowMs - seen.stageStartedMs });
}

function imagesOf({ partitions }: Run['manifest'], { commits }: Seen): number {
  return [...commits].reduce((sum, partition) => sum + (partitions[partition]?.images ?? 0), 0);
}

/** Commits that were not there at the last look, and the images in them. */
async function newCommits(
  run: Run,
  seen: Seen,
): Promise<{ fresh: number[]; extracted: number; quarantined: number; codes: QuarantineCounts }> {
  const codes: QuarantineCounts = {};
  const counted = { fresh: [] as number[], extracted: 0, quarantined: 0, codes };
  if (seen.commits.size === run.manifest.partitions.length) return counted;
  const fresh = (await partitionsIn(run, 'commit')).filter((partition) => !seen.commits.has(partition));
  await forEachBounded(fresh, READS_AT_ONCE, async (partition) => {
    const commit = await readCommit(run, partition);
    if (commit === undefined) return; // deleted by a repair since
    seen.commits.add(partition);
    counted.fresh.push(partition);
    counted.extracted += commit.extracted;
    counted.quarantined += commit.listed - commit.extracted;
    addCounts(codes, commit.quarantined);
  });
  return counted;
}

async function newProjections(run: Run, seen: Seen, emit: (event: RunEvent) => void): Promise<void> {
  for (const partition of await partitionsIn(run, 'projection')) {
    if (seen.projected.has(partition)) continue;
    seen.projected.add(partition);
    emit({ type: 'partition:done', stage: 'project', partition });
  }
}

async function newFailures({ store, epoch }: Run, seen: Seen, { emit, nowMs }: Sink): Promise<void> {
  for await (const { key } of store.list({ prefix: RUN_FOLDERS.failures })) {
    if (!isFailureOf(key, epoch) || seen.failures.has(key)) continue;
    const failure = await readRecord(store, key, failureSchema);
    if (failure === undefined) continue;
    seen.failures.set(key, failure);
    const { kind: stage, partition, attempt, code, reason, path } = failure;
    emit({ type: 'attempt:failed', stage, partition, attempt, code, reason, path });
    // Its workers wait up to half a minute before they try again, and nothing else is to be seen.
    if (code !== 'E_IMG_READ' || nowMs - seen.unreadToldMs < UNREAD_TOLD_MS) continue;
    seen.unreadToldMs = nowMs;
    emit({ type: 'run:notice', text: `partition ${partition} is retried (${code}: ${reason})` });
  }
}
