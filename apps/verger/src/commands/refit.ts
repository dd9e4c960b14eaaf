import { VergerError } from '@verger/core';
import { copiedListing, planRefit, readStatus } from '@verger/run';
import { readConfigFile, resolveConfig } from '@verger/runtime';
import type { Command } from '../cli/command.ts';
import { type FoundRun, findRun, outputOf } from '../find-run.ts';
import { startLocal } from '../local.ts';
import { openImages } from '../open-images.ts';
import { printOutcome } from '../print/outcome-text.ts';
import { counted, formatCount } from '../print/text.ts';
import { checkOutput, submitPlanned } from '../run-flow.ts';

/**
 * `verger refit RUN --variance 0.9`: gives the run that `verger run` with these PCA options would, from
 * existing features and sums: it lists nothing, reads no image and needs no weights. PCA options have the
 * defaults of `run`.
 */
export const refit: Command = async (input) => {
  const source = await findRun(input.storages, input.args[0] ?? '');
  const flags = { output: outputOf(source.location), ...input.flags };
  const config = resolveConfig({ flags, env: input.env, file: await readConfigFile(input.cwd) });
  for (const warning of config.warnings) input.out.note(`warning: ${warning}`);
  const { operational, pca } = config;
  const planned = planRefit(source.manifest, { pca, name: operational.name });
  // With its own options, the run itself is finished, or reported if it already is.
  const same = planned.identity === source.manifest.identity && operational.name === null;
  const manifest = same ? source.manifest : planned;
  const images = openImages(input, manifest);
  await checkOutput(images, operational.output);
  await checkCommitted(source);
  input.out.note(
    `run ${manifest.runId}: ${counted(manifest.listing.images, 'image')}, ` +
      `with the features of run ${source.manifest.runId}`,
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
  const committed = `${formatCount(commits.size)} of its ${counted(total, 'partition')} are committed`;
  const detail = `A refit needs all partitions: ${committed}.`;
  throw new VergerError('E_RUN_NO_MODEL', { location }, { detail });
}
