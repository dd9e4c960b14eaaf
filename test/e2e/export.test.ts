import assert from 'node:assert/strict';
import fs, { mkdir, readdir, readFile, rename, stat } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sha256, VergerError } from '@verger/core';
import { createStorages } from '@verger/storage';
import { cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { askDuckDb, sqlText } from '@verger/testkit/duckdb';
import { plantOrchard } from '@verger/testkit/images';
import { SILENT } from '@verger/testkit/run-harness';
import { exportTable } from '../../apps/verger/src/commands/export.ts';

let place: { folder: string; remove: () => Promise<void> };
let printed = '';
let run: { location: string; runId: string; k: number; extracted: number };
const at = (...names: string[]) => join(place.folder, ...names);
const exported = (...words: string[]) => cli(['export', run.location, ...words], { cwd: place.folder });

/** The command as `main` calls it, without a process of its own. */
async function inProcess(flags: object, signal = new AbortController().signal): Promise<number> {
  const print = (text: string) => {
    printed += text;
  };
  const storages = createStorages(async () => assert.fail('there is no S3 here'));
  const out = { columns: 80, live: false, print, note: () => {} };
  const shared = { env: {}, cwd: place.folder, json: false, out, logger: SILENT, storages, signal };
  return await exportTable({ args: [run.location], flags: { ...flags }, ...shared });
}

before(async () => {
  place = await temporaryFolder();
  await plantOrchard(at('images'), { kinds: 2, views: 3, broken: true });
  const words = ['run', at('images'), '--output', at('out'), '--partitions', '3', ...TRIAL, '--json'];
  run = jsonOf(await cli(words));
});
after(() => place.remove());

test('one Parquet file elsewhere, named by --json with its hash; the second time kept', async () => {
  await mkdir(at('elsewhere'));
  const made = jsonOf<{ file: string; sha256: string; bytes: number; rows: number; verdict: string }>(
    await exported('--output', 'elsewhere/', '--format', 'parquet', '--json'),
  );
  assert.equal(made.file, at('elsewhere', `${run.runId}-projection.parquet`));
  const bytes = await readFile(made.file);
  assert.deepEqual([made.sha256, made.bytes, made.rows], [sha256(bytes), bytes.length, run.extracted]);
  assert.equal(made.verdict, 'ok');
  const whole = await askDuckDb(`SELECT * FROM ${sqlText(made.file)}`);
  assert.deepEqual(
    whole,
    await askDuckDb(`SELECT * FROM ${sqlText(`${run.location}/projection/*.parquet`)}`),
  );
  await assert.rejects(inProcess({ output: made.file }), { code: 'E_OUTPUT_EXISTS' });
  assert.deepEqual(await readFile(made.file), bytes);
  printed = '';
  assert.equal(await inProcess({ output: made.file, force: true }), 0);
  assert.match(printed, new RegExp(`rows exported[^]*${made.sha256}[^]*5 of 11 images`));
  assert.deepEqual(await readdir(at('elsewhere')), [`${run.runId}-projection.parquet`]);
});

test('the format is that of the name, and .npy has its rows beside it', async () => {
  assert.equal(await inProcess({ output: 'features.npy', what: 'features' }), 0);
  const { size } = await stat(at('features.npy'));
  assert.equal(size, 128 + run.extracted * 1280 * 4);
  assert.equal((await readFile(at('features.rows.csv'), 'utf8')).split('\r\n').length, run.extracted + 2);
});

test('--bom puts a byte order mark before the CSV and changes nothing else', async () => {
  assert.equal(await inProcess({ output: 'plain.csv' }), 0);
  assert.equal(await inProcess({ output: 'excel.csv', bom: true }), 0);
  const marked = Buffer.concat([Buffer.from('\uFEFF'), await readFile(at('plain.csv'))]);
  assert.deepEqual(await readFile(at('excel.csv')), marked);
});

test('a rebuilt .npy is never beside the rows of another, wherever it is stopped', async (t) => {
  const wish = { output: 'again.npy', what: 'features', force: true };
  assert.equal(await inProcess(wish), 0);
  const { rename: real } = fs;
  const mocked = t.mock.method(fs, 'rename', async (from: string, to: string) => {
    if (to.endsWith('again.npy')) throw new Error('stopped here');
    await real(from, to);
  });
  syncBuiltinESMExports();
  try {
    await assert.rejects(inProcess(wish), /stopped here/);
  } finally {
    mocked.mock.restore();
    syncBuiltinESMExports();
  }
  const left = (await readdir(place.folder)).filter((name) => name.startsWith('again'));
  assert.deepEqual(left, ['again.rows.csv']);
});

test('what does not go together, or would lie in a run, is refused', async () => {
  const usage = [
    [{}, /--output FILE is missing/],
    [{ output: 'x.txt' }, /does not tell the format: pass --format csv, parquet, npy/],
    [{ output: 's3://bucket/x.csv' }, /a file or a folder on this machine/],
    [{ output: 'x.txt', format: 'xlsx' }, /csv, parquet, npy, not xlsx/],
    [{ output: 'x.npy', what: 'both' }, /one array/],
    [{ output: 'x.npy', images: true }, /--images requires --format csv/],
    [{ output: 'x.parquet', raw: true }, /--raw requires --format csv/],
    [{ output: 'x.npy', bom: true }, /--bom requires --format csv/],
  ] as const;
  for (const [flags, message] of usage) await assert.rejects(inProcess(flags), { code: 'E_USAGE', message });
  for (const folder of ['', 'projection', 'new/folder']) {
    const output = join(run.location, folder, 'x.parquet');
    await assert.rejects(inProcess({ output }), { code: 'E_OUTPUT_INSIDE_RUN' });
    await assert.rejects(inProcess({ output, force: true }), { code: 'E_OUTPUT_INSIDE_RUN' });
  }
  assert.deepEqual(
    (await readdir(place.folder)).filter((name) => name.startsWith('x')),
    [],
  );
});

test('an image that is gone ends a CSV with images, and so does Ctrl-C: nothing is left', async () => {
  const [kind = ''] = await readdir(at('images'));
  const [view = ''] = await readdir(at('images', kind));
  await rename(at('images', kind, view), at('away'));
  const before = await readdir(place.folder);
  await assert.rejects(inProcess({ output: 'images.csv', images: true }), { code: 'E_CSV_IMAGE' });
  assert.deepEqual(await readdir(place.folder), before);
  const signal = AbortSignal.abort(new VergerError('E_INTERRUPTED'));
  await assert.rejects(inProcess({ output: 'images.csv' }, signal), { code: 'E_INTERRUPTED' });
  assert.deepEqual(await readdir(place.folder), before);
});
