import { asVergerError, commitSchema, FEATURES, printable, runLayout, VergerError } from '@verger/core';
import { readFile, readRecord } from '@verger/pipeline';
import { decodeFeatures, decodeProjection } from '@verger/tables';
import type { Command } from '../command.ts';
import { type FoundRun, findRun } from '../find-run.ts';
import { clip, formatTable } from '../text.ts';

const DEFAULT_ROWS = 10;

interface Row {
  readonly path: string;
  readonly label: string;
  readonly values: readonly number[];
}

/** `verger head RUN`: the first rows; projections, or features while there are none (or with --features). */
export const head: Command = async ({ args, flags, json, out, storages }) => {
  const run = await findRun(storages, args[0] ?? '');
  const wanted = typeof flags['rows'] === 'number' ? flags['rows'] : DEFAULT_ROWS;
  const features = flags['features'] === true;
  const { rows, column } = await firstRows(run, wanted, features);
  if (json) {
    for (const { path, label, values } of rows) out.print(JSON.stringify({ path, label, [column]: values }));
    return 0;
  }
  const room = Math.max(24, Math.floor(out.columns * 0.35));
  const shown = Math.max(1, Math.floor((out.columns - room - 24) / 9));
  const table = rows.map(({ path, label, values }) => [
    clip(printable(path), room),
    clip(printable(label), 20),
    `${values
      .slice(0, shown)
      .map((value) => value.toFixed(3).padStart(7))
      .join(', ')}${values.length > shown ? ', …' : ''}`,
  ]);
  const width = rows[0]?.values.length ?? (column === 'features' ? FEATURES : 0);
  out.print(formatTable([['path', 'label', `${column} (${width} numbers)`], ...table]));
  return 0;
};

/** Reads partitions in order until there are enough rows. Errors: E_RUN_NO_ROWS, E_PART_CORRUPT. */
async function firstRows(
  { store, manifest, location }: FoundRun,
  wanted: number,
  features: boolean,
): Promise<{ rows: Row[]; column: 'features' | 'pca_features' }> {
  const layout = runLayout(manifest.partDigits);
  const projected = !features && (await readFile(store, layout.projection(0))) !== undefined;
  const rows: Row[] = [];
  for (let part = 0; part < manifest.partitions.length && rows.length < wanted; part += 1) {
    if ((await readRecord(store, layout.commit(part), commitSchema)) === undefined) break;
    const file = projected ? layout.projection(part) : layout.features(part);
    const bytes = await readFile(store, file);
    if (bytes === undefined) break;
    rows.push(...(await decodeRows(bytes, { projected, location: `${location}/${file}` })));
  }
  if (rows.length === 0) {
    throw new VergerError('E_RUN_NO_ROWS', { location });
  }
  return { rows: rows.slice(0, wanted), column: projected ? 'pca_features' : 'features' };
}

async function decodeRows(
  bytes: Uint8Array,
  { projected, location }: { projected: boolean; location: string },
): Promise<Row[]> {
  try {
    return projected
      ? projectionRows(await decodeProjection(bytes))
      : featureRows(await decodeFeatures(bytes));
  } catch (thrown) {
    const { code, detail } = asVergerError(thrown);
    throw new VergerError(code, { location }, detail === undefined ? {} : { detail });
  }
}

function projectionRows(stored: Awaited<ReturnType<typeof decodeProjection>>): Row[] {
  return stored.paths.map((path, row) => ({
    path,
    label: stored.labels[row] ?? '',
    values: [...stored.projection.subarray(row * stored.k, (row + 1) * stored.k)],
  }));
}

function featureRows(stored: Awaited<ReturnType<typeof decodeFeatures>>): Row[] {
  return stored.paths.map((path, row) => ({
    path,
    label: stored.labels[row] ?? '',
    values: [...stored.features.subarray(row * FEATURES, (row + 1) * FEATURES)],
  }));
}
