import { createHash } from 'node:crypto';
import { type Epoch, RUN_FILES, readAhead, type Success, successSchema } from '@verger/core';
import type { StageContext } from '@verger/stages';
import { type ExamineProgress, examineDerived } from './derived.ts';
import { type Finding, Findings } from './finding.ts';
import { checkListing } from './listing.ts';
import { checkPartition, type PartitionFacts, type Scope } from './partition.ts';
import { isThere, lookForRecord } from './read.ts';
import { checkClass, checkEpochs, checkManifest, checkNames, checkTraces } from './records.ts';

type Counted = 'partitions' | 'committed' | 'projected' | 'listed' | 'extracted' | 'quarantined' | 'epochs';

/** What was found in a run. No fault among the findings: all that is there is what it should be. */
export interface Examination {
  readonly findings: readonly Finding[];
  /** `_SUCCESS` is there: the run was finished, so whatever lacks was lost. */
  readonly finished: boolean;
  /** What is not there yet, in sentences; empty when the run is finished. */
  readonly pending: readonly string[];
  readonly counts: Readonly<Record<Counted, number>>;
  readonly parts: readonly PartitionFacts[];
  /** `_SUCCESS`, when it is whole. */
  readonly success: Success | undefined;
  /** Every partition was committed once. */
  readonly complete: boolean;
  /** The newest epoch that can be read. */
  readonly epoch: Epoch | undefined;
}

/**
 * Checks everything that a run promises by computing it again: hashes, rows, sums, PCA, projections, CSV,
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
  const file = RUN_FILES.success;
  const success = await lookForRecord({ store, findings }, { file, schema: successSchema, gone: false });
  // One that is damaged, or cannot be read, is at fault.
  const finished = success !== undefined || findings.has(file);
  const complete = finished || (await isThere(ctx, RUN_FILES.model));

  const parts = await examineParts(ctx, { findings, success, complete, onProgress });
  const newest = Math.max(success?.epoch ?? 0, ...parts.map(({ commit }) => commit?.epoch ?? 0));
  const epochs = await checkEpochs(store, findings, { found: found.epochs, newest });
  await checkTraces(ctx.run, findings, found);
  await checkClass(ctx.run, findings);
  const count = Math.max(0, newest, ...found.epochs);
  const epoch = epochs.get(Math.max(0, ...epochs.keys()));
  const answered = success && epochs.get(success.epoch);
  const known = { parts, finished, success, complete };
  const finish = (answered ?? epoch)?.finish;
  const derived = { findings, ...known, epochs: count, records: epochs, finish, onProgress };
  const { projected } = await examineDerived(ctx, derived);
  const counts = countsOf(ctx, parts, { projected, epochs: count });
  const pending = finished ? [] : pendingOf(counts, complete);
  return { findings: findings.sorted(), ...known, pending, counts, epoch };
}

async function examineParts(
  ctx: StageContext,
  scope: Scope & { readonly onProgress: (progress: ExamineProgress) => void },
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
