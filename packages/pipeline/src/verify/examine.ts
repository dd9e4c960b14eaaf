import { createHash } from 'node:crypto';
import {
  type Commit,
  type FinishOptions,
  type Quarantined,
  type Reuse,
  RUN_FILES,
  type Success,
  successSchema,
} from '@verger/core';
import { forEachBounded, readAhead } from '../bounded.ts';
import type { StoredModel } from '../project.ts';
import type { StageContext } from '../stage-context.ts';
import { type Finding, Findings } from './finding.ts';
import { checkListing } from './listing.ts';
import { checkModel, type FittedFiles, fitAnew, fitFault } from './model.ts';
import { checkCsv, checkQuarantine, checkReport, checkSuccess, dataFiles, type Outcome } from './outputs.ts';
import { checkPartition, type PartitionFacts } from './partition.ts';
import { checkProjection } from './projection.ts';
import { lookFor, recordOf } from './read.ts';
import { checkClass, checkEpochs, checkManifest, checkNames, checkTraces } from './records.ts';

/** What was found in a run. No fault among the findings: all that is there is what it should be. */
export interface Examination {
  readonly findings: readonly Finding[];
  /** `_SUCCESS` is there: the run was finished, so whatever lacks was lost. */
  readonly finished: boolean;
  /** What is not there yet, in sentences; empty when the run is finished. */
  readonly pending: readonly string[];
  readonly counts: {
    readonly partitions: number;
    readonly committed: number;
    readonly projected: number;
    readonly listed: number;
    readonly extracted: number;
    readonly quarantined: number;
    readonly epochs: number;
  };
  readonly parts: readonly PartitionFacts[];
  /** `_SUCCESS`, when it is whole. */
  readonly success: Success | undefined;
  /** Every partition was committed once. */
  readonly complete: boolean;
  /** What the newest readable epoch asks of finish. */
  readonly finish: FinishOptions | undefined;
  /** The run whose features the newest readable epoch may take. */
  readonly reuse: Reuse | undefined;
}

/** How far an examination is; `done` of `total` partitions. */
export interface ExamineProgress {
  readonly check: 'partitions' | 'projections';
  readonly done: number;
  readonly total: number;
}

/**
 * Checks everything that a run promises by computing it anew: hashes, rows, sums, PCA, projections, CSV, records, names. Nothing is
 * written, and no image is read but for a CSV with images. Works on runs that are not finished, too. Cost: about that of a run
 * without inference; memory: a few features files. Errors: those of the storage and of children; never what is found.
 */
export async function examineRun(
  ctx: StageContext,
  onProgress: (progress: ExamineProgress) => void = () => {},
): Promise<Examination> {
  const { store } = ctx.run;
  const findings = new Findings();
  await checkManifest(ctx.run, findings);
  const found = await checkNames(ctx.run, findings);
  const successBytes = await lookFor({ store, findings }, RUN_FILES.success, { mend: 'derive', gone: false });
  const finished = successBytes !== undefined || findings.has(RUN_FILES.success);
  const success = recordOf(findings, successBytes, {
    file: RUN_FILES.success,
    schema: successSchema,
    mend: 'derive',
  });
  const complete = finished || (await isThere(ctx, RUN_FILES.model));

  const parts = await examineParts(ctx, { findings, success, complete, onProgress });
  const newest = Math.max(success?.epoch ?? 0, ...parts.map(({ commit }) => commit?.epoch ?? 0));
  const epochs = await checkEpochs(store, findings, { found: found.epochs, newest });
  await checkTraces(ctx.run, findings, found);
  await checkClass(ctx.run, findings);
  const count = Math.max(0, newest, ...found.epochs);
  const answered = success === undefined ? undefined : epochs.get(success.epoch)?.finish;
  const newestReadable = epochs.get(Math.max(0, ...epochs.keys()));
  const finish = newestReadable?.finish;
  const derived = { findings, parts, finished, success, complete, epochs: count, onProgress };
  const { projected } = await examineDerived(ctx, { ...derived, finish: answered ?? finish });
  const counts = countsOf(ctx, parts, { projected, epochs: count });
  const pending = finished ? [] : pendingOf(counts, complete);
  const reuse = newestReadable?.reuse;
  return { findings: findings.sorted(), finished, pending, counts, parts, success, complete, finish, reuse };
}

async function isThere({ run: { store } }: StageContext, file: string): Promise<boolean> {
  return (await store.read(file, { lastBytes: 1 })).status !== 'missing';
}

async function examineParts(
  ctx: StageContext,
  scope: {
    findings: Findings;
    success: Success | undefined;
    complete: boolean;
    onProgress: (progress: ExamineProgress) => void;
  },
): Promise<PartitionFacts[]> {
  const { manifest } = ctx.run;
  const listing = createHash('sha256');
  const listed = await checkListing(manifest);
  const parts: PartitionFacts[] = [];
  const width = ctx.children.processes + 1;
  const total = manifest.partitions.length;
  const numbers = [...manifest.partitions.keys()];
  let whole = true;
  for await (const part of readAhead(numbers, width, (partition) => checkPartition(ctx, scope, partition))) {
    ctx.signal.throwIfAborted();
    if (part.listing === undefined) whole = false;
    else {
      listing.update(part.listing);
      listed.add(part.listing);
    }
    parts.push({ ...part, listing: part.listing && new Uint8Array(0) });
    scope.onProgress({ check: 'partitions', done: parts.length, total });
  }
  if (!whole) return parts;
  const faults = listed.faults();
  if (listing.digest('hex') !== manifest.listing.sha256) {
    faults.unshift('Its listing hash is not that of the listing parts.');
  }
  for (const fault of faults) scope.findings.fault(RUN_FILES.manifest, fault, 'none');
  return parts;
}

interface DerivedScope {
  readonly findings: Findings;
  readonly parts: readonly PartitionFacts[];
  readonly finished: boolean;
  readonly success: Success | undefined;
  readonly complete: boolean;
  readonly epochs: number;
  /** What finish was asked to make. */
  readonly finish: FinishOptions | undefined;
  readonly onProgress: (progress: ExamineProgress) => void;
}

/** Checks what is made of features and sums. */
async function examineDerived(ctx: StageContext, scope: DerivedScope): Promise<{ projected: number }> {
  const { findings, parts, finished, success, finish } = scope;
  const fitted = await fit(ctx, scope);
  const isEmpty = fitted === null;
  const gone = finished && !isEmpty;
  const model = await checkModel(ctx, findings, { fitted: fitted ?? undefined, gone });
  const projected = model === undefined ? 0 : await examineProjections(ctx, scope, model);

  const known = parts.every(({ examined }) => examined !== undefined);
  const quarantined = known ? parts.flatMap(({ examined }) => examined?.quarantined ?? []) : undefined;
  if (quarantined !== undefined) await checkQuarantine(ctx, findings, { quarantined, gone: finished });
  else
    await lookFor({ store: ctx.run.store, findings }, RUN_FILES.quarantine, {
      mend: 'derive',
      gone: finished,
    });
  await examineCsv(ctx, scope, model);

  const outcome = outcomeOf(ctx, scope, { quarantined, fitted });
  await checkReport(ctx, findings, { outcome, epochs: scope.epochs, gone: finished });
  if (success === undefined || outcome === undefined || quarantined === undefined) return { projected };
  const csv = finish?.csv === true && !isEmpty;
  const files = await dataFiles(ctx, { parts, quarantined, fitted: fitted ?? null, csv });
  // A file that is at fault itself is not `_SUCCESS`'s fault: it is named as it was.
  const good = Object.entries(files).filter(([file]) => !findings.has(file));
  const bad = Object.entries(success.files).filter(([file]) => findings.has(file));
  await checkSuccess(findings, success, {
    outcome,
    files: Object.fromEntries([...good, ...bad]),
    epochs: scope.epochs,
  });
  return { projected };
}

/** The PCA of the sums; null when there is none because no image gave features, undefined while it cannot be known. */
async function fit(
  ctx: StageContext,
  { findings, parts, complete }: DerivedScope,
): Promise<FittedFiles | null | undefined> {
  const known = parts.every(({ examined, sumsGood }) => examined !== undefined || sumsGood);
  if (!complete || !known || findings.has(RUN_FILES.givenModel)) return undefined;
  const extracted = parts.reduce(
    (total, { examined, commit }) => total + (examined ?? commit ?? { extracted: 0 }).extracted,
    0,
  );
  if (extracted === 0) return null;
  try {
    return await fitAnew(ctx, parts);
  } catch (error) {
    const fault = fitFault(error);
    if (fault === undefined) throw error;
    findings.fault(RUN_FILES.model, `There can be no PCA of the sums. ${fault}`, 'derive');
    return undefined;
  }
}

async function examineProjections(
  ctx: StageContext,
  { findings, parts, finished, onProgress }: DerivedScope,
  model: StoredModel,
): Promise<number> {
  let projected = 0;
  let done = 0;
  await forEachBounded(parts, ctx.children.processes + 1, async (part) => {
    ctx.signal.throwIfAborted();
    if (await checkProjection(ctx, findings, { part, model, gone: finished })) projected += 1;
    done += 1;
    onProgress({ check: 'projections', done, total: parts.length });
  });
  return projected;
}

async function examineCsv(
  ctx: StageContext,
  { findings, parts, finished, success, finish }: DerivedScope,
  model: StoredModel | undefined,
): Promise<void> {
  const file = RUN_FILES.csv;
  const there = await isThere(ctx, file);
  const named = success?.files[file];
  const asked = finish?.csv === true && model !== undefined;
  if (!there) {
    if (finished && (asked || named !== undefined)) findings.fault(file, 'It is gone.', 'derive');
    return;
  }
  if (!asked || finish === undefined) {
    if (finish === undefined || findings.has(RUN_FILES.success)) return;
    if (finished) findings.fault(file, 'It was not asked for, so it is not of this run.', 'set-aside');
    else findings.note(file, 'It is not asked for.');
    return;
  }
  if (!finished) return;
  await checkCsv(ctx, findings, { options: finish, parts, model, named });
}

function outcomeOf(
  ctx: StageContext,
  { parts, finish }: DerivedScope,
  { quarantined, fitted }: { quarantined: Quarantined[] | undefined; fitted: FittedFiles | null | undefined },
): Outcome | undefined {
  const commits = parts
    .map(({ commit }) => commit)
    .filter((commit): commit is Commit => commit !== undefined);
  if (commits.length < parts.length || quarantined === undefined || fitted === undefined) return undefined;
  if (finish === undefined) return undefined;
  const { manifest } = ctx.run;
  const { images } = manifest.listing;
  const tooMany = quarantined.length === images || quarantined.length > finish.maxBad * images;
  return { manifest, commits, quarantined, fitted, verdict: tooMany ? 'too-many-bad' : 'ok' };
}

function countsOf(
  { run: { manifest } }: StageContext,
  parts: readonly PartitionFacts[],
  { projected, epochs }: { projected: number; epochs: number },
): Examination['counts'] {
  const listed = manifest.listing.images;
  const of = parts.map(({ commit, examined }) => examined ?? commit);
  const extracted = of.reduce((total, one) => total + (one?.extracted ?? 0), 0);
  const known = parts.reduce(
    (total, { partition }, index) =>
      total + (of[index] === undefined ? 0 : (manifest.partitions[partition]?.images ?? 0)),
    0,
  );
  const committed = parts.filter(({ commit }) => commit !== undefined).length;
  const partitions = parts.length;
  return { partitions, committed, projected, listed, extracted, quarantined: known - extracted, epochs };
}

function pendingOf(counts: Examination['counts'], complete: boolean): string[] {
  const { partitions, committed, projected } = counts;
  const pending: string[] = [];
  if (committed < partitions)
    pending.push(`${partitions - committed} of ${partitions} partitions are not committed yet`);
  if (!complete) pending.push('the PCA model is not fitted yet');
  else if (projected < partitions)
    pending.push(`${partitions - projected} of ${partitions} projections are not there yet`);
  pending.push('the run is not finished: it has no _SUCCESS');
  return pending;
}
