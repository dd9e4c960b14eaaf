import { VergerError } from '@verger/core';
import { projectFeatures, type StageContext, type StoredModel } from '@verger/stages';
import type { Findings } from './finding.ts';
import type { PartitionFacts } from './partition.ts';
import { lookFor } from './read.ts';

/**
 * Computes the projection of one partition again from its features and the PCA model, and compares bytes.
 * Gives false when there is none. Where the features are not good, only the file's own seal and the model
 * that it names can be checked.
 */
export async function checkProjection(
  ctx: StageContext,
  findings: Findings,
  { part, model, gone }: { part: PartitionFacts; model: StoredModel; gone: boolean },
): Promise<boolean> {
  const { run, layout, children, signal } = ctx;
  const { partition, examined } = part;
  const file = layout.projection(partition);
  const stored = await lookFor({ store: run.store, findings }, file, { gone });
  if (stored === undefined) return false;
  const bad = (what: string) => findings.fault(file, what);
  if (examined !== undefined) {
    const computed = await projectFeatures(ctx, { partition, rowsDigest: examined.rowsDigest }, model);
    if (Buffer.compare(computed, stored) !== 0)
      bad('It does not match the projection of its features by the PCA model.');
    return true;
  }
  try {
    await children.call('readProjection', { bytes: stored, modelSha256: model.sha256 }, { signal });
  } catch (error) {
    if (!(error instanceof VergerError) || error.code !== 'E_PART_CORRUPT') throw error;
    bad(error.detail ?? error.message);
  }
  return true;
}
