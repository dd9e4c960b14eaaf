import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FEATURES, RUN_FILES } from '@verger/core';
import { decodeProjection } from '@verger/tables';
import { parseCsv } from '@verger/testkit/csv';
import { askDuckDb, listsOf, sqlText } from '@verger/testkit/duckdb';
import { fakeFeatures } from '@verger/testkit/fake-children';
import { bytesOf, goodImages, type TestRun, temporaryFolder, testRun } from '@verger/testkit/run-harness';
import { type ExportOptions, exportPieces } from './export-pieces.ts';
import { openExport } from './export-source.ts';

/** `a/00.jpg` has a whole partition to itself and is bad, so one partition has no rows. */
const GOOD = goodImages(7);
const FILES = { ...GOOD, 'a/00.jpg': 'BAD:E_IMG_DECODE' };
const ROWS = Object.keys(FILES).slice(1);
const CUT = { extraction: { partitionSize: 1 } };

async function exported(
  run: TestRun,
  wish: Partial<ExportOptions>,
): Promise<{ table: Buffer; rows: Buffer }> {
  const source = await openExport(run.store, run.manifest);
  const whole = { format: 'parquet', what: 'projection', withImages: false, raw: false } as const;
  const { images } = run;
  const { signal } = new AbortController();
  const pieces = { table: [] as Uint8Array[], rows: [] as Uint8Array[] };
  for await (const { file, bytes } of exportPieces(source, { ...whole, images, signal, ...wish })) {
    pieces[file].push(Uint8Array.from(bytes));
  }
  return { table: Buffer.concat(pieces.table), rows: Buffer.concat(pieces.rows) };
}

async function finishedRun(t: TestContext): Promise<TestRun> {
  const run = await testRun(t, FILES, CUT);
  const { error } = await run.execute({ finish: { maxBad: 1, csv: true, withImages: true } });
  assert.equal(error, undefined);
  return run;
}

/** The rows of the run's own files. */
async function storedRows(run: TestRun) {
  const rows: { path: string; label: string; values: number[] }[] = [];
  for (let part = 0; part < run.manifest.partitions.length; part += 1) {
    const file = `projection/part-${String(part).padStart(5, '0')}.parquet`;
    const { paths, labels, projection, k } = await decodeProjection(await bytesOf(run.store, file));
    for (const [row, path] of paths.entries()) {
      rows.push({ path, label: labels[row] ?? '', values: [...projection.subarray(row * k, (row + 1) * k)] });
    }
  }
  return rows;
}

test('Parquet: DuckDB reads one file with all rows, in listing order, to the last bit', async (t) => {
  const run = await finishedRun(t);
  const file = join(await temporaryFolder(t), 'both.parquet');
  await writeFile(file, (await exported(run, { what: 'both' })).table);
  const { types, columns } = await askDuckDb(`SELECT * FROM read_parquet(${sqlText(file)})`);
  assert.deepEqual(types, ['VARCHAR', 'VARCHAR', 'FLOAT[]', 'DOUBLE[]']);
  const stored = await storedRows(run);
  assert.deepEqual(columns[0], ROWS);
  assert.deepEqual(
    columns[1],
    stored.map(({ label }) => label),
  );
  assert.deepEqual(
    listsOf(columns[2]),
    ROWS.map((path) => [...fakeFeatures(Buffer.from(FILES[path as keyof typeof FILES]))]),
  );
  assert.deepEqual(
    listsOf(columns[3]),
    stored.map(({ values }) => values),
  );
  const groups = await askDuckDb(
    `SELECT count(DISTINCT row_group_id)::INTEGER FROM parquet_metadata(${sqlText(file)})`,
  );
  assert.deepEqual(groups.columns, [[ROWS.length]], 'a row group a partition, and none without rows');
});

test('npy: shape and type in the header, then the values; the rows in their own file', async (t) => {
  const run = await finishedRun(t);
  const stored = await storedRows(run);
  for (const what of ['features', 'projection'] as const) {
    const { table, rows } = await exported(run, { format: 'npy', what });
    assert.equal(table.toString('latin1', 0, 8), '\x93NUMPY\x01\x00');
    const start = 10 + table.readUInt16LE(8);
    assert.equal(start % 64, 0);
    const header = table.toString('latin1', 10, start);
    const width = what === 'features' ? FEATURES : (stored[0]?.values.length ?? 0);
    const kind = what === 'features' ? '<f4' : '<f8';
    assert.equal(
      header.trimEnd(),
      `{'descr': '${kind}', 'fortran_order': False, 'shape': (${ROWS.length}, ${width}), }`,
    );
    assert.ok(header.endsWith('\n'));
    const data = Uint8Array.from(table.subarray(start)).buffer;
    const values = what === 'features' ? new Float32Array(data) : new Float64Array(data);
    const expected =
      what === 'features'
        ? ROWS.flatMap((path) => [...fakeFeatures(Buffer.from(FILES[path as keyof typeof FILES]))])
        : stored.flatMap((row) => row.values);
    assert.deepEqual([...values], expected);
    assert.deepEqual(parseCsv(rows.toString()), [
      ['path', 'label'],
      ...stored.map(({ path, label }) => [path, label]),
    ]);
  }
});

test('CSV: with images it equals the run’s result.csv; features are one more column', async (t) => {
  const run = await finishedRun(t);
  const own = await bytesOf(run.store, RUN_FILES.csv);
  const { table } = await exported(run, { format: 'csv', withImages: true });
  assert.deepEqual(table, Buffer.from(own));
  const [head, first] = parseCsv((await exported(run, { format: 'csv', what: 'both' })).table.toString());
  assert.deepEqual(head, ['path', 'label', 'features', 'pca_features']);
  const features = fakeFeatures(Buffer.from(FILES['a/01.jpg' as keyof typeof FILES]));
  assert.deepEqual(Float32Array.from(JSON.parse(first?.[2] ?? '') as number[]), features);
});

test('the same run gives the same bytes', async (t) => {
  const run = await finishedRun(t);
  for (const format of ['csv', 'parquet', 'npy'] as const) {
    assert.deepEqual(await exported(run, { format }), await exported(run, { format }), format);
  }
});

test('a run that is not finished, or has no rows, is not exported', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await assert.rejects(exported(run, {}), { code: 'E_RUN_NO_MODEL' });
  const bad = await testRun(t, { 'a/0.jpg': 'BAD:E_IMG_DECODE' });
  await bad.execute({ finish: { maxBad: 1 } });
  await assert.rejects(exported(bad, {}), { code: 'E_RUN_NO_ROWS' });
});

test('a flipped bit, a swapped projection and a changed listing are found before use', async (t) => {
  const cases: [string, Partial<ExportOptions>, (run: TestRun) => Promise<void>][] = [
    ['E_PART_CORRUPT', { what: 'features' }, (run) => flip(run, 'features/part-00003.parquet')],
    ['E_PART_CORRUPT', { what: 'projection' }, (run) => flip(run, 'projection/part-00003.parquet')],
    [
      'E_PART_CORRUPT',
      { what: 'projection' },
      async (run) => {
        const other = await bytesOf(run.store, 'projection/part-00002.parquet');
        await run.store.replace('projection/part-00003.parquet', other);
      },
    ],
    ['E_RUN_CORRUPT', { format: 'csv', withImages: true }, (run) => flip(run, 'listing/part-00003.jsonl')],
    ['E_RUN_CORRUPT', {}, (run) => run.store.remove('commits/part-00003.json')],
    ['E_CSV_IMAGE', { format: 'csv', withImages: true }, (run) => rm(join(run.imagesFolder, ROWS[2] ?? ''))],
  ];
  for (const [code, wish, damage] of cases) {
    const run = await finishedRun(t);
    await damage(run);
    await assert.rejects(exported(run, wish), { code });
  }
});

async function flip(run: TestRun, file: string): Promise<void> {
  const bytes = Buffer.from(await bytesOf(run.store, file));
  bytes[Math.floor(bytes.length / 3)]! ^= 1;
  await run.store.replace(file, bytes);
}
