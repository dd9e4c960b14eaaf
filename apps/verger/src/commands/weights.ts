import { formatCount, VergerError } from '@verger/core';
import { inspectWeights, locateWeights, UNTRAINED } from '@verger/driver';
import { requireCacheDir, type SummaryRow } from '@verger/features/weights';
import { type Command, show } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { readConfig } from '../cli/read-config.ts';
import { formatTable } from '../print/text.ts';

/**
 * `verger weights [fetch]`: where they are, sha256, what the probe says, layers and shapes as
 * `model.summary()` shows them.
 */
export const weights: Command = async (input) => {
  const { args, out } = input;
  const [verb] = args;
  const { operational } = await readConfig(input);
  if (operational.weights === UNTRAINED && verb !== 'fetch') {
    const detail = '`untrained` weights are made from a seed: there is no file to show.';
    throw new VergerError('E_USAGE', { option: '--weights' }, { detail });
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
  const result = { path, source, sha256: weightsSha256, probe, parameters, layers: rows };
  const verdict = probe.ok
    ? "these are Keras's ImageNet weights"
    : "these are NOT Keras's ImageNet weights: a run needs --custom-weights";
  const lines = () => [
    `  file        ${path} (${source})`,
    `  sha256      ${weightsSha256}`,
    `  parameters  ${formatCount(parameters)}`,
    `  probe       ${verdict} (largest difference ${probe.maxAbsDifference.toPrecision(2)})`,
    '',
    layersTable(rows, out.columns),
  ];
  show(input, result, () => lines().join('\n'));
  return 0;
};

function layersTable(rows: readonly SummaryRow[], columns: number): string {
  const cells = ({ layer, kind, shape, parameters }: SummaryRow) => {
    return [layer, kind, `(${shape.join(', ')})`, formatCount(parameters)];
  };
  const head = ['layer', 'kind', 'output shape', 'parameters'];
  return formatTable([head, ...rows.map(cells)], [3], columns);
}
