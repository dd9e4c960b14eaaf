import {
  type Commit,
  canonicalJson,
  type Epoch,
  type ErrorCode,
  type FinishOptions,
  isNextOf,
  isReasonOf,
  type LeftOut,
  labelCentroidsSchema,
  type Manifest,
  pcaModelSchema,
  type Quarantined,
  type Report,
  RUN_FILES,
  reportSchema,
  type Storage,
  type StoredFile,
  type Success,
  VergerError,
} from '@verger/core';
import { hashStored, parseRecord, storedFileOf } from '@verger/run';
import {
  buildReport,
  comparePrecisions,
  quarantineBytes,
  resultPieces,
  type StageContext,
  type StoredModel,
} from '@verger/stages';

import type { Findings } from './finding.ts';
import type { FittedFiles } from './model.ts';
import type { PartitionFacts } from './partition.ts';
import { lookFor, lookForRecord } from './read.ts';

/** Checks quarantine.jsonl. */
export async function checkQuarantine(
  { run: { store } }: StageContext,
  findings: Findings,
  { quarantined, gone }: { quarantined: readonly Quarantined[] | undefined; gone: boolean },
): Promise<void> {
  const file = RUN_FILES.quarantine;
  const stored = await lookFor({ store, findings }, file, { gone });
  if (stored === undefined || quarantined === undefined) return;
  if (Buffer.compare(stored, quarantineBytes(quarantined)) === 0) return;
  findings.fault(file, 'It does not match the quarantine in the features files.');
}

/**
 * Makes result.csv again in memory, piece by piece, and compares. Where an image that it holds cannot be read
 * any more, its hash in `_SUCCESS` has to do. Memory: 2 MiB.
 */
export async function checkCsv(
  ctx: StageContext,
  findings: Findings,
  asked: {
    options: FinishOptions;
    parts: readonly PartitionFacts[];
    model: StoredModel;
    named: StoredFile | undefined;
  },
): Promise<void> {
  const { store } = ctx.run;
  const file = RUN_FILES.csv;
  const commits = asked.parts.map(({ partition, examined, commit }) => ({
    partition,
    extracted: examined?.extracted ?? commit?.extracted ?? 0,
  }));
  try {
    const { options, model } = asked;
    const isSame = await isStored(store, file, resultPieces(ctx, { commits, model, options }));
    if (!isSame) findings.fault(file, 'It does not match the projection.');
    return;
  } catch (error) {
    const known = error instanceof VergerError && UNBUILDABLE.includes(error.code);
    if (!known) throw error;
    const image = error.place.path === undefined ? '' : ` (${JSON.stringify(error.place.path)})`;
    findings.note(file, `It was not rebuilt for comparison: ${error.message}${image}`);
  }
  const stored = await hashStored(store, file);
  if (asked.named !== undefined && stored?.sha256 !== asked.named.sha256) {
    findings.fault(file, 'Its sha256 does not match _SUCCESS.');
  }
}

/** Errors of making a CSV again that say nothing against the one that is there. */
const UNBUILDABLE: readonly ErrorCode[] = ['E_CSV_IMAGE', 'E_PART_CORRUPT', 'E_RUN_CORRUPT'];

async function isStored(store: Storage, file: string, pieces: AsyncIterable<Uint8Array>): Promise<boolean> {
  let start = 0;
  let totalBytes = 0;
  for await (const piece of pieces) {
    const range = { start, end: start + piece.byteLength };
    const stored = await store.read(file, { range });
    if (stored.status !== 'read' || Buffer.compare(stored.bytes, piece) !== 0) return false;
    start = range.end;
    totalBytes = stored.totalBytes;
  }
  return start === totalBytes;
}

/** What the checks of report and `_SUCCESS` build on: all of it was found good. */
export interface Outcome {
  readonly manifest: Manifest;
  readonly commits: readonly Commit[];
  readonly quarantined: readonly Quarantined[];
  /** Null when no image gave features. */
  readonly fitted: FittedFiles | null;
  /** Every listing part is that of the manifest. */
  readonly isListed: boolean;
  readonly verdict: Success['verdict'];
}

/**
 * Builds the report again from the records and compares, but for what only the process that wrote it knew.
 */
export async function checkReport(
  ctx: StageContext,
  findings: Findings,
  {
    outcome,
    epochs,
    records,
    gone,
  }: {
    outcome: Outcome | undefined;
    epochs: number;
    records: ReadonlyMap<number, Epoch>;
    gone: boolean;
  },
): Promise<void> {
  const { store } = ctx.run;
  const file = RUN_FILES.report;
  const stored = await lookForRecord({ store, findings }, { file, schema: reportSchema, gone });
  if (stored === undefined || outcome === undefined) return;
  const { manifest, commits, quarantined, fitted, isListed, verdict } = outcome;
  const model = fitted && parseRecord(fitted.model, pcaModelSchema, RUN_FILES.model);
  const labels = fitted && parseRecord(fitted.labels, labelCentroidsSchema, RUN_FILES.labels);
  // Without its calibration or its listing it cannot be compared again; that is a fault of its own.
  const isRead = isListed && !findings.has(RUN_FILES.calibration);
  const isComparable = model !== null && labels !== null && isRead;
  const rebuilt = buildReport({
    ...{ manifest, commits, quarantined, verdict, epochs: stored.epochs, model, labels },
    precisionComparison: isComparable
      ? await comparePrecisions(ctx, commits, { model, labels })
      : stored.precisionComparison,
    leftOut: leftOutOf(records, stored),
    stageMs: { reduce: stored.stages.reduceMs, project: stored.stages.projectMs },
  });
  const told = {
    ...rebuilt,
    quarantine: inTheirWords(rebuilt.quarantine, stored.quarantine),
    // Releases before 0.3 did not count it.
    workers: stored.workers === undefined ? undefined : rebuilt.workers,
  };
  const fields = new Set([...Object.keys(rebuilt), ...Object.keys(stored)]) as Set<keyof Report>;
  const wrong = [...fields].find((field) => canonicalJson(told[field]) !== canonicalJson(stored[field]));
  if (wrong !== undefined) findings.fault(file, `Its ${wrong} does not match the run.`);
  else if (stored.epochs > epochs || stored.epochs < 1) {
    findings.fault(file, `It counts ${stored.epochs} epochs; there are ${epochs}.`);
  }
}

/**
 * What the epochs say that the listing left out. Where a record is lost, or was and a repair put another in
 * its place, the report alone may know it, and is believed.
 */
function leftOutOf(records: ReadonlyMap<number, Epoch>, stored: Report): LeftOut | undefined {
  let leftOut: LeftOut | undefined;
  for (let number = 1; number <= stored.epochs; number += 1) {
    const epoch = records.get(number);
    if (epoch === undefined || epoch.cause === 'repair') return stored.leftOut;
    leftOut = epoch.leftOut ?? leftOut;
  }
  return leftOut;
}

/**
 * Codes with the sentences of the release that wrote the report, where they are sentences that a release had
 * for them.
 */
function inTheirWords(rebuilt: Report['quarantine'], stored: Report['quarantine']): Report['quarantine'] {
  return rebuilt.map((entry, index) => {
    const { code, reason, next } = stored[index] ?? entry;
    const isTheirs = code === entry.code && isReasonOf(code, reason) && isNextOf(code, next);
    return isTheirs ? { ...entry, reason, next } : entry;
  });
}

/**
 * Holds `_SUCCESS` against what the files are: every file named with its hash and no other, counts, k and
 * verdict.
 */
export async function checkSuccess(
  findings: Findings,
  success: Success,
  {
    outcome,
    files,
    epochs,
  }: { outcome: Outcome; files: Readonly<Record<string, StoredFile>>; epochs: number },
): Promise<void> {
  const bad = (what: string) => findings.fault(RUN_FILES.success, what);
  const { commits, manifest, fitted } = outcome;
  const extracted = commits.reduce((total, commit) => total + commit.extracted, 0);
  const quarantined = manifest.listing.images - extracted;
  const counted = success.listed === manifest.listing.images && success.extracted === extracted;
  if (!counted || success.quarantined !== quarantined) bad('Its counts do not match the run.');
  const k = fitted === null ? null : parseRecord(fitted.model, pcaModelSchema, RUN_FILES.model).k;
  if (success.k !== k) bad('Its k does not match the PCA model.');
  if (success.verdict !== outcome.verdict) bad('Its verdict does not match its counts.');
  if (success.epoch > epochs) bad('It names an epoch that does not exist.');
  for (const file of new Set([...Object.keys(files), ...Object.keys(success.files)])) {
    const [named, is] = [success.files[file], files[file]];
    if (named?.sha256 === is?.sha256 && named?.bytes === is?.bytes) continue;
    if (is === undefined) bad(`It names ${file}, which is no data file of the run.`);
    else bad(`It does not name ${file} as it is.`);
  }
}

/** Hash and size of the data files of a run, as the checks computed them. */
export async function dataFiles(
  ctx: StageContext,
  known: {
    parts: readonly PartitionFacts[];
    quarantined: readonly Quarantined[];
    fitted: FittedFiles | null;
    csv: boolean;
  },
): Promise<Record<string, StoredFile>> {
  const { layout, run } = ctx;
  const files: Record<string, StoredFile> = {};
  const stored = async (file: string) => {
    const hashed = await hashStored(run.store, file);
    if (hashed !== undefined) files[file] = hashed;
  };
  for (const { partition, examined } of known.parts) {
    if (examined === undefined) continue;
    files[layout.features(partition)] = examined.featuresFile;
    files[layout.sums(partition)] = examined.sumsFile;
    if (known.fitted !== null) await stored(layout.projection(partition));
  }
  if (known.fitted !== null) {
    files[RUN_FILES.model] = await storedFileOf(known.fitted.model);
    files[RUN_FILES.labels] = await storedFileOf(known.fitted.labels);
  }
  files[RUN_FILES.quarantine] = await storedFileOf(quarantineBytes(known.quarantined));
  if (known.csv) await stored(RUN_FILES.csv);
  return files;
}
