import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Quarantined, RUN_FILES } from '@verger/core';
import { type CliResult, cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { parseCsv } from '@verger/testkit/csv';
import { askDuckDb, hexOf, listsOf, sqlText } from '@verger/testkit/duckdb';
import { drawings, writeImage } from '@verger/testkit/images';
import { readJsonLines } from '@verger/testkit/run-folder';

const GOOD = [
  'plain/apple.jpg',
  'with "quotes"/"a".jpg',
  "it's, with/comma, .jpg",
  'new\nline/\r\n.jpg',
  'tab\there/esc\u001b[31mred.jpg',
  '🍎🌳/pomme d’api.JPG',
  "=cmd|' C calc'!A0/sum.jpg",
  '-rf/-dash.jpg',
  '-n.jpg',
  '@at/+plus.jpg',
  ' spaces /  .jpg',
  '日本語/りんご.jpeg',
  'left\u202egpj/\u0007bell.jpg',
];
const BAD = ['bad\n"name",/=empty.jpg', '-rf/$(touch x).jpg'];
/** A name that is not UTF-8, as its bytes and as it is shown; macOS has no such names. */
const ODD = { raw: Buffer.from('odd\xff.jpg', 'latin1'), shown: 'odd\\xff.jpg' };
const hasOdd = process.platform === 'linux';

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const labelOf = (path: string) => path.split('/').at(-2) ?? '';
/** What keeps a spreadsheet from running a cell: the rule of packages/tables, written once more. */
const defused = (cell: string) => (/^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell);

let place: { folder: string; remove: () => Promise<void> };
let images: string;
let output: string;
let runFolder: string;
const printed: CliResult[] = [];
const verger = async (...args: string[]) => {
  const result = await cli(args);
  printed.push(result);
  return result;
};
const run = (...more: string[]) =>
  verger('run', images, '--output', output, ...TRIAL, '--components', '2', '--processes', '1', ...more);

before(async () => {
  place = await temporaryFolder();
  images = join(place.folder, 'im"ages, \n*?');
  output = join(place.folder, "out'put $HOME");
  const drawn = await drawings(GOOD.length);
  for (const [index, path] of GOOD.entries()) await writeImage(images, path, drawn[index]!);
  for (const path of BAD) await writeImage(images, path, new Uint8Array(0));
  if (hasOdd) {
    mkdirSync(join(images, 'odd'));
    writeFileSync(Buffer.concat([Buffer.from(`${images}/odd/`), ODD.raw]), drawn[0]!);
  }
  runFolder = jsonOf<{ location: string }>(await run('--csv', '--json')).location;
});
after(() => place.remove());

test('every name survives into features and projection, as DuckDB reads them', async () => {
  const sorted = [...GOOD].sort(byBytes);
  for (const [column, type, width] of [
    ['features', 'FLOAT[]', 1280],
    ['pca_features', 'DOUBLE[]', 2],
  ] as const) {
    const folder = column === 'features' ? 'features' : 'projection';
    const { types, columns } = await askDuckDb(
      `SELECT path, label, ${column}, hex(path), hex(label) FROM read_parquet(${sqlText(`${runFolder}/${folder}/*.parquet`)})`,
    );
    assert.deepEqual(types.slice(0, 3), ['VARCHAR', 'VARCHAR', type]);
    assert.deepEqual(columns[3], sorted.map(hexOf));
    assert.deepEqual(
      columns[4],
      sorted.map((path) => hexOf(labelOf(path))),
    );
    assert.ok(listsOf(columns[2]).every((numbers) => numbers.length === width));
  }
});

test('every bad name is in the quarantine, escaped where it is not UTF-8', async () => {
  const records = await readJsonLines<Quarantined>(join(runFolder, RUN_FILES.quarantine));
  const expected = BAD.map((path) => [path, labelOf(path), 'E_IMG_EMPTY']);
  if (hasOdd) expected.push([`odd/${ODD.shown}`, 'odd', 'E_IMG_NAME']);
  assert.deepEqual(
    records.map(({ path, label, code }) => [path, label, code]),
    expected.sort(([a], [b]) => byBytes(a!, b!)),
  );
});

test('the CSV holds every name, defused for spreadsheets; --csv-raw leaves them alone', async () => {
  const sorted = [...GOOD].sort(byBytes);
  const names = async () => {
    const [, ...records] = parseCsv(await readFile(join(runFolder, RUN_FILES.csv), 'utf8'));
    return records.map(([path, label]) => [path, label]);
  };
  assert.deepEqual(
    await names(),
    sorted.map((path) => [defused(path), defused(labelOf(path))]),
  );
  assert.ok(sorted.filter((path) => defused(path) !== path).length >= 4);
  assert.equal((await run('--csv', '--csv-raw')).code, 0);
  assert.deepEqual(
    await names(),
    sorted.map((path) => [path, labelOf(path)]),
  );
});

test('DuckDB reads the CSV: every name, and the numbers of the projection', async () => {
  const csv = await askDuckDb(
    `SELECT hex(path), hex(label), pca_features::DOUBLE[] FROM read_csv(${sqlText(join(runFolder, RUN_FILES.csv))},
       header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', new_line = '\\r\\n', nullstr = 'no such text')`,
  );
  const parquet = await askDuckDb(
    `SELECT hex(path), hex(label), pca_features FROM read_parquet(${sqlText(`${runFolder}/projection/*.parquet`)})`,
  );
  assert.equal(csv.types[2], 'DOUBLE[]');
  assert.equal(csv.columns[0]?.length, GOOD.length);
  assert.deepEqual(csv.columns.slice(0, 2), parquet.columns.slice(0, 2));
  assert.deepEqual(listsOf(csv.columns[2]), listsOf(parquet.columns[2]));
});

test('no name reaches a terminal with its control characters', async () => {
  await verger('head', output, '-n', '20');
  await verger('report', output);
  await verger('status', output);
  const text = printed.map(({ stdout, stderr }) => stdout + stderr).join('');
  assert.match(text, /esc\\u001b\[31mred\.jpg/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  assert.doesNotMatch(text, /^ {4}at /m);
});
