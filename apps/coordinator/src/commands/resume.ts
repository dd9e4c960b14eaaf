import { canonicalJson, VergerError } from '@verger/core';
import { readConfigFile, resolveConfig } from '@verger/runtime';
import { openStorage } from '@verger/storage';
import type { Command } from '../command.ts';
import { checkFinished, executeRun } from '../execute.ts';
import { findRun } from '../find-run.ts';
import { startLocal } from '../local.ts';
import { prepareWeights, UNTRAINED } from '../network.ts';
import { outcomeJson, outcomeText } from '../outcome-text.ts';
import { finishOf } from '../run-flow.ts';

/** `verger resume RUN`: finishes a run as it was planned. Never lists; the weights must be those of the run. */
export const resume: Command = async (input) => {
  const { store, manifest, location } = await findRun(input.args[0] ?? '');
  const flags = { ...input.flags, output: location };
  const config = resolveConfig({ flags, env: input.env, file: await readConfigFile(input.cwd) });
  for (const warning of config.warnings) input.out.note(`warning: ${warning}`);
  const finish = await finishOf(store, config);
  const checked = await checkFinished(store, manifest, finish);
  let outcome = 'already' in checked ? checked : undefined;
  if (outcome === undefined) {
    const remake = 'remake' in checked ? checked.remake : [];
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
      throw new VergerError('E_WEIGHTS_OTHER', { option: '--weights', location }, { detail });
    }
    const local = startLocal({ ...network, ...operational, logger: input.logger });
    try {
      const images = openStorage(manifest.images);
      const executor = await local.ready();
      outcome = await executeRun(input, {
        store,
        images,
        manifest,
        executor,
        cause: 'resume',
        finish,
        remake,
      });
    } finally {
      await local.close();
    }
  }
  input.out.print(input.json ? JSON.stringify(outcomeJson(outcome), null, 1) : outcomeText(outcome));
  return outcome.success.verdict === 'ok' ? 0 : 5;
};
