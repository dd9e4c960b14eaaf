import {
  type Epoch,
  type FinishOptions,
  forEachBounded,
  type Quarantined,
  RUN_FILES,
  type Success,
} from '@verger/core';
import type { StageContext, StoredModel } from '@verger/stages';
import type { Findings } from './finding.ts';
import { checkModel, type FittedFiles, fitAnew, fitFault } from './model.ts';
import { checkCsv, checkQuarantine, checkReport, checkSuccess, dataFiles, type Outcome } from './outputs.ts';
import type { PartitionFacts } from './partition.ts';
import { checkProjection } from './projection.ts';
import { isThere } from './read.ts';
import { checkTimeline } from './timeline.ts';

/** How far an examination is; `done` of `total` partitions. */
export interface ExamineProgress {
  readonly check: 'partitions' | 'projections';
  readonly done: number;
  readonly total: number;
}

/** What is known before what was made of features and sums is looked at. */
export interface DerivedScope {
  readonly findings: Findings;
  readonly parts: readonly PartitionFacts[];
  readonly finished: boolean;
  readonly success: Success | undefined;
  readonly complete: boolean;
  readonly epochs: number;
  /** Of the epochs that can be read. */
  readonly records: ReadonlyMap<number, Epoch>;
  /** What finish was asked to make. */
  readonly finish: FinishOptions | undefined;
  readonly onProgress: (progress: ExamineProgress) => void;
}

/**
 * Checks what is made of features and sums: PCA, projections, quarantine, CSV, report, `_SUCCESS`. Gives how
 * many projections are good. Errors: those of the storage and of children.
 */
export async function examineDerived(ctx: StageContext, scope: DerivedScope): Promise<{ projected: number }> {
  const { findings, parts, finished, success, finish } = scope;
  const fitted = await fit(ctx, scope);
  const isEmpty = fitted === null;
  const gone = finished && !isEmpty;
  const model = await checkModel(ctx, findings, { fitted: fitted ?? undefined, gone });
  const projected = model === undefined ? 0 : await examineProjections(ctx, scope, model);

  const known = parts.every(({ examined }) => examined !== undefined);
  const quarantined = known ? parts.flatMap(({ examined }) => examined?.quarantined ?? []) : undefined;
  await checkQuarantine(ctx, findings, { quarantined, gone: finished });
  await examineCsv(ctx, scope, model);

  const outcome = outcomeOf(ctx, scope, { quarantined, fitted });
  const { epochs, records } = scope;
  await checkReport(ctx, findings, { outcome, epochs, records, gone: finished });
  const commits = parts.flatMap(({ commit }) => commit ?? []);
  const all = commits.length === parts.length ? commits : undefined;
  if (finished) await checkTimeline(ctx, findings, { commits: all, epochs });
  if (success === undefined || outcome === undefined || quarantined === undefined) return { projected };
  const csv = finish?.csv === true && !isEmpty;
  const files = await dataFiles(ctx, { parts, quarantined, fitted: fitted ?? null, csv });
  // A file that is at fault itself is not `_SUCCESS`'s fault: it is named as it was.
  const good = Object.entries(files).filter(([file]) => !findings.has(file));
  const bad = Object.entries(success.files).filter(([file]) => findings.has(file));
  await checkSuccess(findings, success, {
    ...{ outcome, epochs },
    files: Object.fromEntries([...good, ...bad]),
  });
  return { projected };
}

/**
 * The PCA of the sums; null when there is none because no image gave features, undefined while it cannot be
 * known.
 */
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
    findings.fault(RUN_FILES.model, `There can be no PCA of the sums. ${fault}`);
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
    if (finished && (asked || named !== undefined)) findings.fault(file, 'It is missing.');
    return;
  }
  if (!asked || finish === undefined) {
    if (finish === undefined || findings.has(RUN_FILES.success)) return;
    if (finished) findings.fault(file, 'It was not requested, so it does not belong to this run.');
    else findings.note(file, 'It was not requested.');
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
  const commits = parts.flatMap(({ commit }) => commit ?? []);
  if (commits.length < parts.length || finish === undefined) return undefined;
  if (quarantined === undefined || fitted === undefined) return undefined;
  const { manifest } = ctx.run;
  const { images } = manifest.listing;
  const tooMany = quarantined.length === images || quarantined.length > finish.maxBad * images;
  const isListed = parts.every(({ listing }) => listing !== undefined);
  return { manifest, commits, quarantined, fitted, isListed, verdict: tooMany ? 'too-many-bad' : 'ok' };
}
