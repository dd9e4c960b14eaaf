import { canonicalJson, VergerError } from '@verger/core';
import { readEpoch } from '@verger/pipeline';
import { readConfigFile, resolveConfig } from '@verger/runtime';
import { openStorage } from '@verger/storage';
import type { Command } from '../command.ts';
import { executeRun, finishedAlready } from '../execute.ts';
import { findRun } from '../find-run.ts';
import { startLocal } from '../local.ts';
import { prepareWeights, UNTRAINED } from '../network.ts';
import { outcomeJson, outcomeText } from '../outcome-text.ts';

/** `verger resume RUN`: finishes a run as it was planned. Never lists; the weights must be those of the run. */
export const resume: Command = async (input) => {
  const { store, manifest, location } = await findRun(input.args[0] ?? '');
  const flags = { ...input.flags, output: location };
  const config = resolveConfig({ flags, env: input.env, file: await readConfigFile(input.cwd) });
  const earlier = await readEpoch(store);
  const finish = earlier?.finish ?? config.finish;
  let outcome = await finishedAlready(store, manifest, finish);
  if (outcome === undefined) {
    const { operational } = config;
    const kind = manifest.fingerprint.weightsKind;
    const weights = kind === 'untrained' ? UNTRAINED : operational.weights;
    const customWeights = kind === 'custom';
    const network = await prepareWeights(
      { ...operational, weights, customWeights, otherwise: 'download' },
      input,
    );
    if (canonicalJson(network.fingerprint) !== canonicalJson(manifest.fingerprint)) {
      const detail = `The run was made with weights of sha256 ${manifest.fingerprint.weightsSha256}; these are ${network.fingerprint.weightsSha256}.`;
      throw new VergerError('E_RUN_CONFLICT', { option: '--weights', location }, { detail });
    }
    const local = startLocal({ ...network, ...operational, logger: input.logger });
    try {
      const images = openStorage(manifest.images);
      const executor = await local.ready();
      outcome = await executeRun(input, { store, images, manifest, executor, cause: 'resume', finish });
    } finally {
      await local.close();
    }
  }
  input.out.print(input.json ? JSON.stringify(outcomeJson(outcome), null, 1) : outcomeText(outcome));
  return outcome.success.verdict === 'ok' ? 0 : 5;
};
