import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DuckDBInstance, type DuckDBListValue } from '@duckdb/node-api';
import { FEATURES } from '@verger/core';
import { FINGERPRINT, featureRows, projectionRows } from '@verger/testkit/rows';
import { csvHeader, csvRecord } from './csv.ts';
import { encodeFeatures } from './features.ts';
import { encodeProjection } from './projection-file.ts';

let folder: string;
let duckdb: DuckDBInstance;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verger-tables-'));
  duckdb = await DuckDBInstance.create(':memory:');
});

after(async () => {
  duckdb.closeSync();
  await rm(folder, { recursive: true });
});

async function read(query: string): Promise<{ types: string[]; columns: unknown[][] }> {
  const connection = await duckdb.connect();
  try {
    const reader = await connection.runAndReadAll(query);
    return { types: reader.columnTypes().map(String), columns: reader.getColumns() as unknown[][] };
  } finally {
    connection.closeSync();
  }
}

async function stored(name: string, bytes: Uint8Array): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, bytes);
  return file;
}

const numbers = (lists: unknown[] | undefined) =>
  (lists ?? []).flatMap((list) => (list as DuckDBListValue).items as number[]);

// Texts are compared by their bytes: the client drops a leading byte order mark, the file has it.
const hex = (text: string | undefined) =>
  Buffer.from(text ?? '')
    .toString('hex')
    .toUpperCase();

const features = (rows: number) =>
  encodeFeatures(featureRows(rows), {
    fingerprint: FINGERPRINT,
    numericClass: 'x',
    listed: rows,
    quarantined: [],
  });

for (const rows of [0, 1, 450]) {
  test(`DuckDB reads ${rows} rows of features exactly`, async () => {
    const file = await stored(`features-${rows}.parquet`, features(rows));
    const { types, columns } = await read(`SELECT *, hex(path), hex(label) FROM read_parquet('${file}')`);
    assert.deepEqual(types.slice(0, 3), ['VARCHAR', 'VARCHAR', 'FLOAT[]']);
    const given = featureRows(rows);
    assert.deepEqual(columns[3] ?? [], given.paths.map(hex));
    assert.deepEqual(columns[4] ?? [], given.labels.map(hex));
    assert.deepEqual(Float32Array.from(numbers(columns[2])), given.features);
  });

  test(`DuckDB reads ${rows} rows of a projection exactly`, async () => {
    const given = projectionRows(rows, 5);
    const bytes = encodeProjection(given, { modelSha256: 'ab'.repeat(32) });
    const file = await stored(`projection-${rows}.parquet`, bytes);
    const { types, columns } = await read(`SELECT *, hex(path) FROM read_parquet('${file}')`);
    assert.deepEqual(types.slice(0, 3), ['VARCHAR', 'VARCHAR', 'DOUBLE[]']);
    assert.deepEqual(columns[3] ?? [], given.paths.map(hex));
    assert.deepEqual(Float64Array.from(numbers(columns[2])), given.projection);
  });
}

test('DuckDB reads partitions together, empty ones too, and finds no null', async () => {
  for (const rows of [0, 1, 14]) await stored(`part-${rows}.parquet`, features(rows));
  const { columns } = await read(
    `SELECT count(*)::INTEGER, min(len(features))::INTEGER, max(len(features))::INTEGER,
       count(*) FILTER (path IS NULL OR label IS NULL OR features IS NULL)::INTEGER
     FROM read_parquet('${folder}/part-*.parquet')`,
  );
  assert.deepEqual(columns, [[15], [FEATURES], [FEATURES], [0]]);
});

test('DuckDB reads the CSV: texts, and numbers by a cast from JSON', async () => {
  const { paths, labels, projection, k } = projectionRows(20, 4);
  // DuckDB's CSV reader refuses a NUL; its Parquet reader takes it.
  const rows = paths
    .map((path, row) => ({ path, row }))
    .filter(({ path, row }) => !`${path}${labels[row]}`.includes('\0'));
  const records = rows.map(({ path, row }) =>
    csvRecord(
      { path, label: labels[row]!, pcaFeatures: projection.subarray(row * k, (row + 1) * k) },
      { raw: true },
    ),
  );
  const file = await stored(
    'result.csv',
    Buffer.concat([Buffer.from(csvHeader({ withImages: false })), ...records]),
  );
  const { columns } = await read(
    `SELECT hex(path), hex(label), pca_features::DOUBLE[] FROM read_csv('${file}', header = true, all_varchar = true, delim = ',',
       quote = '"', escape = '"', new_line = '\\r\\n', nullstr = 'no such text')`,
  );
  assert.deepEqual(
    columns[0],
    rows.map(({ path }) => hex(path)),
  );
  assert.deepEqual(
    columns[1],
    rows.map(({ row }) => hex(labels[row])),
  );
  assert.deepEqual(
    numbers(columns[2]),
    rows.flatMap(({ row }) => [...projection.subarray(row * k, (row + 1) * k)]),
  );
});
