import { asVergerError, clip, commitSchema, FEATURES, printable, runLayout, VergerError } from '@verger/core';
import { type FoundRun, findRun } from '@verger/driver/runs';
import { readFile, readRecord } from '@verger/run';
import { decodeFeatures, decodeProjection } from '@verger/tables';
import type { Command } from '../cli/command.ts';

import { formatTable } from '../print/text.ts';

const DEFAULT_ROWS = 10;
/** The width of a number in a row, with the comma before it. */
const NUMBER_WIDTH = 9;
const MORE = ', …';
/** Two spaces after each of the first two columns. */
const COLUMN_GAPS = 4;

interface Row {
  readonly path: string;
  readonly label: string;
  readonly values: readonly number[];
}

/**
 * `verger head RUN`: the first rows of the projection, or of the features if there is none or with
 * --features.
 */
export const head: Command = async ({ args, flags, json, out, storages }) => {
  const run = await findRun(storages, args[0] ?? '');
  const wanted = typeof flags['rows'] === 'number' ? flags['rows'] : DEFAULT_ROWS;
  const features = flags['features'] === true;
  const { rows, column } = await firstRows(run, wanted, features);
  if (json) {
    for (const { path, label, values } of rows) out.print(JSON.stringify({ path, label, [column]: values }));
    return 0;
  }
  out.print(rowsTable(rows, column, out.columns));
  return 0;
};

/** Rows as a table at most `columns` wide: names, then as many numbers as fit, at least one. */
function rowsTable(rows: readonly Row[], column: string, columns: number): string {
  const names = rows.map(({ path, label }) => [
    clip(printable(path), Math.max(16, Math.floor(columns * 0.35))),
    clip(printable(label), Math.max(8, Math.min(20, Math.floor(columns * 0.2)))),
  ]);
  const widthOf = (at: number, head: string) =>
    Math.max(head.length, ...names.map((row) => [...row[at]!].length));
  const room = columns - widthOf(0, 'path') - widthOf(1, 'label') - COLUMN_GAPS - MORE.length;
  const shown = Math.max(1, Math.floor(room / NUMBER_WIDTH));
  const table = rows.map(({ values }, row) => [
    ...names[row]!,
    `${values
      .slice(0, shown)
      .map((value) => value.toFixed(3).padStart(7))
      .join(', ')}${values.length > shown ? MORE : ''}`,
  ]);
  const width = rows[0]?.values.length ?? 0;
  return formatTable([['path', 'label', `${column} (${width} numbers)`], ...table], [], columns);
}

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
  if (rows.length === 0) throw new VergerError('E_RUN_NO_ROWS', { location });
  return { rows: rows.slice(0, wanted), column: projected ? 'pca_features' : 'features' };
}

async function decodeRows(
  bytes: Uint8Array,
  { projected, location }: { projected: boolean; location: string },
): Promise<Row[]> {
  try {
    const stored = projected ? await decodeProjection(bytes) : await decodeFeatures(bytes);
    const [numbers, width] = 'k' in stored ? [stored.projection, stored.k] : [stored.features, FEATURES];
    return stored.paths.map((path, row) => {
      const values = [...numbers.subarray(row * width, (row + 1) * width)];
      return { path, label: stored.labels[row] ?? '', values };
    });
  } catch (thrown) {
    const { code, detail } = asVergerError(thrown);
    throw new VergerError(code, { location }, detail === undefined ? {} : { detail });
  }
}
