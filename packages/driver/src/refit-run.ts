import { formatCount, VergerError } from '@verger/core';
import { checkComponents, copiedListing, planRefit, readStatus } from '@verger/run';
import type { Driver, RunOptions } from './driver.ts';
import { type FoundRun, openImages } from './find-run.ts';
import { refuseWithoutQueue, startChildren } from './open-executor.ts';
import type { RunOutcome, SubmittedRun } from './outcome.ts';
import { checkOutput } from './plan-run.ts';
import { createAndFollow } from './start-run.ts';

/**
 * The run that `startRun` would make with these PCA options, from features and sums of a run that are there:
 * nothing is listed, no image is read, no weights are needed; this process does it. Errors: E_RUN_NO_MODEL
 * when a partition of the source is not committed; E_PCA_COMPONENTS; E_OUTPUT_…; what ends the run.
 */
export async function refitRun(
  driver: Driver,
  { source, options }: { readonly source: FoundRun; readonly options: RunOptions },
): Promise<RunOutcome | SubmittedRun> {
  const { operational, pca } = options;
  refuseWithoutQueue(operational);
  const planned = planRefit(source.manifest, { pca, name: operational.name });
  // Its own options: the run itself is finished, or reported.
  const same = planned.identity === source.manifest.identity && operational.name === null;
  const manifest = same ? source.manifest : planned;
  const images = openImages(driver, manifest);
  await checkOutput(images, operational.output);
  checkComponents(pca, await checkCommitted(source));
  driver.emit({ type: 'refit:of', manifest, sourceRunId: source.manifest.runId });
  const { fingerprint } = manifest;
  const open = startChildren(driver, operational, { network: null, fingerprint });
  try {
    const reuse = { manifest: source.manifest, store: source.store, whole: true };
    const frozen = copiedListing(source);
    return await createAndFollow(driver, open, { options, manifest, images, frozen, reuse });
  } finally {
    await open.close();
  }
}

/**
 * Every partition of the source must be committed; its PCA need not be. Gives the number of its images that
 * have features. Errors: E_RUN_NO_MODEL.
 */
async function checkCommitted({ store, manifest, location }: FoundRun): Promise<number> {
  const { commits, extracted } = await readStatus(store, manifest);
  const total = manifest.partitions.length;
  if (commits.size === total) return extracted;
  const of = `${formatCount(commits.size)} of its ${formatCount(total)} partitions`;
  const detail = `${of} are committed, but a refit needs all.`;
  throw new VergerError('E_RUN_NO_MODEL', { location }, { detail });
}
