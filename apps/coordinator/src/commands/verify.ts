import { formatError, VergerError } from '@verger/core';
import { examineRun, stageContext } from '@verger/pipeline';
import { readConfigFile, resolveConfig } from '@verger/runtime';
import { openStorage } from '@verger/storage';
import type { Command } from '../command.ts';
import { findRun } from '../find-run.ts';
import { startLocal } from '../local.ts';
import { examinationJson, examinationText } from '../verify-text.ts';

/** `verger verify RUN`: holds everything that a run promises against what its files say, by computing it anew. */
export const verify: Command = async (input) => {
  const { store, manifest, location } = await findRun(input.args[0] ?? '');
  const flags = { ...input.flags, output: location };
  const config = resolveConfig({ flags, env: input.env, file: await readConfigFile(input.cwd) });
  const { operational } = config;
  const { fingerprint } = manifest;
  const local = startLocal({ network: null, fingerprint, ...operational, logger: input.logger });
  try {
    await local.ready();
    const images = openStorage(manifest.images);
    const run = { manifest, store, images, epoch: 0 };
    const ctx = stageContext(local.services, { run, signal: input.signal, emit: () => {} });
    const examination = await examineRun(ctx);
    const faults = examination.findings.filter(({ severity }) => severity === 'fault');
    const error = new VergerError('E_RUN_DAMAGED', { location }, { detail: `${faults.length} faults.` });
    if (input.json) {
      const found = { runId: manifest.runId, location, ...examinationJson(examination) };
      const failed = faults.length === 0 ? {} : { error: { code: error.code, message: error.message } };
      input.out.print(JSON.stringify({ ...found, ...failed }, null, 1));
    } else input.out.print(examinationText(manifest.runId, examination));
    if (faults.length === 0) return 0;
    if (!input.json) input.out.note(formatError(error));
    return error.exit;
  } finally {
    await local.close();
  }
};
