import { RUN_FILES, readAhead, VergerError } from '@verger/core';
import { requireFile, sha256Async } from '@verger/run';
import { fitSums, type PartitionSums, type StageContext, type StoredModel } from '@verger/stages';
import type { Findings } from './finding.ts';
import type { PartitionFacts } from './partition.ts';
import { lookFor } from './read.ts';

/** PCA model and labels of the sums, computed again. */
export interface FittedFiles {
  readonly model: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * Merges the sums of all partitions (the stored ones where they are good, else those of the features) here,
 * and fits in a child; a transform has its given model instead. A second and 30 ms a partition. Errors:
 * E_PCA_…, E_SUMS_RANGE, E_RUN_CORRUPT for a given model.
 */
export async function fitAnew(ctx: StageContext, parts: readonly PartitionFacts[]): Promise<FittedFiles> {
  return await fitSums(
    ctx,
    readAhead(parts, 2, (part) => sumsOf(ctx, part)),
  );
}

/** The good sums of a partition, and their sha256. */
async function sumsOf(
  { run, layout, children, signal }: StageContext,
  { partition, examined, commit, sumsGood }: PartitionFacts,
): Promise<PartitionSums> {
  if (sumsGood) {
    const sums = await requireFile(run.store, layout.sums(partition));
    const sha256 = examined?.sumsFile.sha256 ?? commit?.sums.sha256 ?? '';
    return { partition, sums, sha256 };
  }
  const features = await requireFile(run.store, layout.features(partition));
  if (examined === undefined) throw new Error('no sums to fit from');
  const { sums, sumsFile } = await children.call('adopt', { features, listing: null }, { signal });
  return { partition, sums, sha256: sumsFile.sha256 };
}

/**
 * What is stored of PCA model and labels, held against what they must be. Gives the model to check
 * projections with.
 */
export async function checkModel(
  ctx: StageContext,
  findings: Findings,
  { fitted, gone }: { fitted: FittedFiles | undefined; gone: boolean },
): Promise<StoredModel | undefined> {
  const { store } = ctx.run;
  const stored: Record<'model' | 'labels', Uint8Array | undefined> = { model: undefined, labels: undefined };
  for (const kind of ['labels', 'model'] as const) {
    const file = RUN_FILES[kind];
    const bytes = await lookFor({ store, findings }, file, { gone });
    stored[kind] = bytes;
    if (bytes === undefined || fitted === undefined) continue;
    if (Buffer.compare(bytes, fitted[kind]) === 0) continue;
    findings.fault(file, 'It does not match the PCA of the sums.');
  }
  const bytes = fitted?.model ?? stored.model;
  return bytes === undefined ? undefined : { bytes, sha256: await sha256Async(bytes) };
}

/** The sentence of a PCA that cannot be: too few images, no variance. Undefined for other errors. */
export function fitFault(error: unknown): string | undefined {
  const known = error instanceof VergerError && error.code.startsWith('E_PCA_');
  return known ? `${error.code}: ${error.message}` : undefined;
}
