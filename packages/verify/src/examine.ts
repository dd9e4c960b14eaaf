import { createHash } from 'node:crypto';
import {
  type Epoch,
  type FinishOptions,
  type Reuse,
  RUN_FILES,
  readAhead,
  type Success,
  successSchema,
} from '@verger/core';
import type { StageContext } from '@verger/stages';
import { type ExamineProgress, examineDerived } from './derived.ts';
import { type Finding, Findings } from './finding.ts';
import { checkListing } from './listing.ts';
import { checkPartition, type PartitionFacts } from './partition.ts';
import { isThere, lookFor, recordOf } from './read.ts';
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
  /** The newest readable epoch holds workers to one numeric class. */
  readonly strict: true | undefined;
  /** Why the newest readable epoch was opened. */
  readonly cause: Epoch['cause'] | undefined;
}

/**
 * Checks everything that a run promises by computing it anew: hashes, rows, sums, PCA, projections, CSV,
 * records, names. Nothing is written, and no image is read but for a CSV with images. Works on runs that are
 * not finished, too. Cost: about that of a run without inference; memory: a few features files. Errors: those
 * of the storage and of children; never what is found.
 */
export async function examineRun(
  ctx: StageContext,
  onProgress: (progress: ExamineProgress) => void = () => {},
): Promise<Examination> {
  const { store } = ctx.run;
  const findings = new Findings(ctx.run.manifest);
  await checkManifest(ctx.run, findings);
  const found = await checkNames(ctx.run, { findings, signal: ctx.signal });
  const successBytes = await lookFor({ store, findings }, RUN_FILES.success, { gone: false });
  const finished = successBytes !== undefined || findings.has(RUN_FILES.success);
  const success = recordOf(findings, successBytes, {
    file: RUN_FILES.success,
    schema: successSchema,
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
  const derived = {
    findings,
    parts,
    finished,
    success,
    complete,
    epochs: count,
    records: epochs,
    onProgress,
  };
  const { projected } = await examineDerived(ctx, { ...derived, finish: answered ?? finish });
  const counts = countsOf(ctx, parts, { projected, epochs: count });
  const pending = finished ? [] : pendingOf(counts, complete);
  const { reuse, strict, cause } = newestReadable ?? {};
  const known = { finished, pending, counts, parts, success, complete, finish, reuse, strict, cause };
  return { findings: findings.sorted(), ...known };
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
    faults.unshift('Its listing hash does not match the listing parts.');
  }
  for (const fault of faults) scope.findings.fault(RUN_FILES.manifest, fault, 'none');
  return parts;
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
    pending.push(`${partitions - projected} of ${partitions} projections do not exist yet`);
  pending.push('the run is not finished: it has no _SUCCESS');
  return pending;
}
