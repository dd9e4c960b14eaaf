import { type Audit, guarded, sha256 } from './context.ts';
import type { Plan } from './listing.ts';
import { MODEL, partNames } from './names.ts';
import { type Column, readTable } from './parquet.ts';
import type { Partition } from './partition.ts';
import { projectRow } from './pca.ts';
import type { PcaModel } from './records.ts';
import { WIDTH } from './sums-file.ts';

const COLUMN: Column = { name: 'pca_features', type: 'DOUBLE' };
const KEYS = ['verger.format', 'verger.k', 'verger.modelSha256', 'verger.seal'];

/** Projection of one partition as stored: row-major [paths.length, k]. */
export interface ProjectedRows {
  readonly paths: readonly string[];
  readonly labels: readonly string[];
  readonly values: Float64Array;
  readonly width: number;
}

/**
 * Reads a projection and checks it against the features and the model; undefined when it is absent or of no
 * use.
 */
export async function checkProjection(
  audit: Audit,
  plan: Plan,
  found: { readonly partition: Partition; readonly model: PcaModel },
): Promise<ProjectedRows | undefined> {
  const { partition, model } = found;
  const names = partNames(partition.part, plan.manifest.partDigits);
  const file = names.projection;
  const bytes = await audit.read(file);
  const modelSha256 = (await audit.hashOf(MODEL))?.sha256;
  if (bytes === undefined) return undefined;
  const table = await guarded(audit, file, () =>
    readTable(bytes, COLUMN, (pairs) => {
      if ([...pairs.keys()].join() !== KEYS.join()) throw new Error('its metadata has other keys');
      return Number(pairs.get('verger.k'));
    }),
  );
  if (table === undefined) return undefined;
  const fault = (text: string) => audit.fault(file, text);
  if (table.pairs.get('verger.format') !== 'verger-projection-1') fault('its format is another');
  if (table.pairs.get('verger.modelSha256') !== modelSha256) {
    // A projection of a forgotten model is made again when the run goes on.
    if (audit.unfinishedOk && !audit.files.has('_SUCCESS')) return undefined;
    fault('it names another PCA model');
  }
  if (table.width !== model.k)
    return fault(`its rows have ${table.width} numbers, k is ${model.k}`) as undefined;
  const { rows } = partition;
  if (rows === undefined) return table;
  if (JSON.stringify([table.paths, table.labels]) !== JSON.stringify([rows.paths, rows.labels])) {
    return fault('its paths and labels are not those of the features') as undefined;
  }
  const fact = `projection ${modelSha256} ${(await audit.hashOf(names.features))?.sha256} ${sha256(bytes)}`;
  if (audit.known.has(fact)) return table;
  const features = await readFeatureValues(audit, names.features);
  for (let row = 0; row < table.paths.length; row++) {
    const { values, slack } = projectRow(model, features.subarray(row * WIDTH, (row + 1) * WIDTH));
    const at = values.findIndex(
      (value, index) => !(Math.abs(table.values[row * model.k + index]! - value) <= slack[index]!),
    );
    if (at >= 0)
      return fault(`number ${at} of row ${row} is not that of the features and the model`) as undefined;
  }
  audit.known.add(fact);
  return table;
}

async function readFeatureValues(audit: Audit, file: string): Promise<Float64Array> {
  const bytes = await audit.read(file);
  if (bytes === undefined) throw new Error(`${file} is gone`);
  return (await readTable(bytes, { name: 'features', type: 'FLOAT' }, () => WIDTH)).values;
}
