import { VergerError } from '@verger/core';
import { requireCacheDir, resolveWeights } from '@verger/features/weights';
import { proxiesOf, readConfigFile, resolveConfig } from '@verger/runtime';
import type { Command } from '../cli/command.ts';
import { fetchNotes, inspectWeights, UNTRAINED } from '../find-weights.ts';
import { formatCount, formatTable, indent } from '../print/text.ts';

/** `verger weights [fetch]`: shows their file, sha256, probe result, and layers as `model.summary()` does. */
export const weights: Command = async ({ args, flags, env, cwd, json, out, signal }) => {
  const [verb] = args;
  const { operational } = resolveConfig({
    flags: { output: '.', ...flags },
    env,
    file: await readConfigFile(cwd),
  });
  if (operational.weights === UNTRAINED && verb !== 'fetch') {
    const detail = '`untrained` weights are generated when needed: there is no file to show.';
    throw new VergerError('E_WEIGHTS_MISSING', { option: '--weights' }, { detail });
  }
  const found = await resolveWeights({
    weights: verb === 'fetch' ? null : operational.weights,
    cacheDir: operational.cacheDir,
    download: verb === 'fetch',
    signal,
    onProgress: fetchNotes(out),
    proxies: () => proxiesOf(env),
  });
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
    ? "these are Keras's ImageNet weights"
    : "these are NOT Keras's ImageNet weights: a run needs --custom-weights";
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
