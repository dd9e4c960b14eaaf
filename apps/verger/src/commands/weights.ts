import { formatCount, VergerError } from '@verger/core';
import { inspectWeights, locateWeights, UNTRAINED } from '@verger/driver';
import { requireCacheDir } from '@verger/features/weights';
import type { Command } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { readConfig } from '../cli/read-config.ts';
import { formatTable, indent } from '../print/text.ts';

/** `verger weights [fetch]`: where they are, sha256, what the probe says, layers and shapes as `model.summary()` shows them. */
export const weights: Command = async (input) => {
  const { args, json, out } = input;
  const [verb] = args;
  const { operational } = await readConfig(input);
  if (operational.weights === UNTRAINED && verb !== 'fetch') {
    const detail = '`untrained` are seeded weights, made when they are needed: there is no file to show.';
    throw new VergerError('E_WEIGHTS_MISSING', { option: '--weights' }, { detail });
  }
  const { cacheDir } = operational;
  const download = verb === 'fetch';
  const request = { weights: download ? null : operational.weights, cacheDir, download };
  const { value: found } = await drive(input, (driver) => locateWeights(driver, request));
  if (found === undefined) {
    throw new VergerError('E_WEIGHTS_MISSING', { location: requireCacheDir(operational.cacheDir) });
  }
  const { path, source } = found;
  const { fingerprint, rows, probe } = await inspectWeights(path, { custom: operational.customWeights });
  const { weightsSha256 } = fingerprint;
  const parameters = rows.reduce((total, row) => total + row.parameters, 0);
  if (json) {
    out.print(
      JSON.stringify({ path, source, sha256: weightsSha256, probe, parameters, layers: rows }, null, 1),
    );
    return 0;
  }
  const layers = rows.map((row) => [
    row.layer,
    row.kind,
    `(${row.shape.join(', ')})`,
    formatCount(row.parameters),
  ]);
  const verdict = probe.ok
    ? "these compute Keras' ImageNet features"
    : "these do NOT compute Keras' ImageNet features: a run needs --custom-weights";
  out.print(
    [
      indent(
        [
          `file        ${path} (${source})`,
          `sha256      ${weightsSha256}`,
          `parameters  ${formatCount(parameters)}`,
          `probe       ${verdict} (largest difference ${probe.maxAbsDifference.toPrecision(2)})`,
        ].join('\n'),
      ),
      '',
      formatTable([['layer', 'kind', 'output shape', 'parameters'], ...layers], [3], out.columns),
    ].join('\n'),
  );
  return 0;
};
