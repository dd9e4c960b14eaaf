import { VergerError } from '@verger/core';
import { copiedListing, planRefit, readStatus } from '@verger/run';
import { readConfigFile, resolveConfig } from '@verger/runtime';
import type { Command } from '../cli/command.ts';
import { type FoundRun, findRun, outputOf } from '../find-run.ts';
import { startLocal } from '../local.ts';
import { openImages } from '../open-images.ts';
import { printOutcome } from '../print/outcome-text.ts';
import { formatCount } from '../print/text.ts';
import { checkOutput, submitPlanned } from '../run-flow.ts';

/**
 * `verger refit RUN --variance 0.9`: the run that `verger run` with these PCA options would make, from features and sums that are there:
 * nothing is listed, no image is read, no weights are needed. PCA options that are not given have their defaults, as in `run`.
 */
export const refit: Command = async (input) => {
  const source = await findRun(input.storages, input.args[0] ?? '');
  const flags = { output: outputOf(source.location), ...input.flags };
  const config = resolveConfig({ flags, env: input.env, file: await readConfigFile(input.cwd) });
  for (const warning of config.warnings) input.out.note(`warning: ${warning}`);
  const { operational, pca } = config;
  const planned = planRefit(source.manifest, { pca, name: operational.name });
  // Its own options: the run itself is finished, or told of.
  const same = planned.identity === source.manifest.identity && operational.name === null;
  const manifest = same ? source.manifest : planned;
  const images = openImages(input, manifest);
  await checkOutput(images, operational.output);
  await checkCommitted(source);
  input.out.note(
    `run ${manifest.runId}: ${formatCount(manifest.listing.images)} images with the features of run ${source.manifest.runId}`,
  );
  const { fingerprint } = manifest;
  const local = startLocal({ ...operational, init: { network: null, fingerprint }, logger: input.logger });
  try {
    const reuse = { manifest: source.manifest, store: source.store, whole: true };
    const frozen = copiedListing(source);
    const outcome = await submitPlanned(input, { config, manifest, images, site: local, frozen, reuse });
    return printOutcome(input, outcome);
  } finally {
    await local.close();
  }
};

/** Every partition of the source must be committed; its PCA need not be. Errors: E_RUN_NO_MODEL. */
async function checkCommitted({ store, manifest, location }: FoundRun): Promise<void> {
  const { commits } = await readStatus(store, manifest);
  const total = manifest.partitions.length;
  if (commits.size === total) return;
  const detail = `${formatCount(commits.size)} of its ${formatCount(total)} partitions are committed; a refit needs all.`;
  throw new VergerError('E_RUN_NO_MODEL', { location }, { detail });
}
