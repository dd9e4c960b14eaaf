import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readEmbedded } from '@verger/report';
import { decodeFeatures } from '@verger/tables';
import { call } from '@verger/testkit/call';
import { cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { unpackRuns } from '@verger/testkit/old-run';
import { fileIdentities, filesUnder, isPromised } from '@verger/testkit/run-folder';
import { exportTable } from '../../apps/verger/src/commands/export.ts';
import { head } from '../../apps/verger/src/commands/head.ts';
import { list } from '../../apps/verger/src/commands/list.ts';
import { report } from '../../apps/verger/src/commands/report.ts';
import { status } from '../../apps/verger/src/commands/status.ts';

interface Outcome {
  readonly location: string;
  readonly runId: string;
  readonly extracted: number;
  readonly reused: number;
  readonly already: boolean;
}

/** Files of 0.1 must go on working in every later release. */
const RELEASE = '0.1';
/** What 0.1 took by itself, in its order: with these, a run has the id that it had there. */
const GLOBS_OF_THEN = ['*.jpg', '*.jpeg', '*.png', '*.webp', '*.gif'].flatMap((glob) => ['--glob', glob]);
const ONE = ['--processes', '1', '--json'];

let place: { folder: string; remove: () => Promise<void> };
let images: string;
let output: string;
let finished: string;
let unfinished: string;

const run = async (...args: string[]) => jsonOf<Outcome>(await cli([...args, ...ONE]));
const at = (...names: string[]) => join(place.folder, ...names);

/** path → its 1,280 features, of all partitions of a run. */
async function rowsOf(folder: string): Promise<Map<string, Float32Array>> {
  const rows = new Map<string, Float32Array>();
  for (const file of filesUnder(join(folder, 'features'))) {
    const { paths, features } = await decodeFeatures(await readFile(join(folder, 'features', file)));
    for (const [row, path] of paths.entries()) rows.set(path, features.slice(row * 1280, (row + 1) * 1280));
  }
  return rows;
}

/** Extracted again: to the last bit on the machine that made the fixture, to rounding on another. */
async function assertSameRows(folder: string, expected: Map<string, Float32Array>): Promise<void> {
  const rows = await rowsOf(folder);
  assert.deepEqual([...rows.keys()], [...expected.keys()]);
  for (const [path, row] of rows) {
    const theirs = expected.get(path)!;
    const difference = row.reduce(
      (most, value, index) => Math.max(most, Math.abs(value - theirs[index]!)),
      0,
    );
    assert.ok(difference < 1e-5, `${path} differs by ${difference}`);
  }
}

before(async () => {
  place = await temporaryFolder();
  ({ images, output } = await unpackRuns(RELEASE, place.folder));
  finished = join(output, 'finished');
  unfinished = join(output, 'unfinished');
});
after(() => place.remove());

test('runs of 0.1 are listed, and tell their state, report and first rows', async () => {
  const runs = (await call(list, [output], { json: true })).json<{ id: string; state: string }[]>();
  assert.deepEqual(
    runs.map(({ id, state }) => [id, state.split(',')[0]]),
    [
      ['finished', 'done'],
      ['unfinished', 'running'],
    ],
  );
  const told = await call(status, [unfinished]);
  assert.equal(told.code, 0, told.error?.message);
  assert.match(told.printed, /2 of 4/);
  const reported = await call(report, [finished], { json: true, flags: { labels: 12 } });
  const { listed, quarantined, pca } = reported.json<{
    listed: number;
    quarantined: number;
    pca: { k: number };
  }>();
  assert.deepEqual([listed, quarantined, pca.k], [11, 4, 3]);
  for (const features of [false, true]) {
    const first = await call(head, [finished], { flags: { rows: 2, features } });
    assert.equal(first.code, 0, first.error?.message);
    assert.match(first.printed, /apple_red_01|Poire/);
  }
});

test('a finished run of 0.1 is exported as CSV, Parquet and NumPy', async () => {
  for (const [name, what] of [
    ['t.csv', 'both'],
    ['t.parquet', 'both'],
    ['t.npy', 'features'],
  ] as const) {
    const made = await call(exportTable, [finished], { json: true, flags: { output: at(name), what } });
    assert.equal(made.code, 0, made.error?.message);
    assert.equal(made.json<{ rows: number }>().rows, 7);
  }
});

test('a finished run of 0.1 gets a page, with pictures, and nothing in it changes', async () => {
  const files = filesUnder(finished);
  const before = await fileIdentities(finished, files);
  const flags = { html: at('page.html'), processes: 1 };
  const made = await call(report, [finished], { json: true, flags });
  assert.equal(made.code, 0, made.error?.message);
  const text = await readFile(at('page.html'), 'utf8');
  assert.equal(made.json<{ bytes: number }>().bytes, Buffer.byteLength(text));
  const { facts, points, tiles } = await readEmbedded(/id="data">([^<]*)</.exec(text)?.[1] ?? '');
  assert.deepEqual(
    [points?.count, facts.report.quarantined, facts.timeline?.partitions.endMs.length],
    [7, 4, 2],
  );
  assert.ok(tiles >= 7, `${tiles} pictures`);
  assert.deepEqual(await fileIdentities(finished, files), before);
  assert.deepEqual(filesUnder(finished), files);
  for (const [html, code] of [
    [join(finished, 'page.html'), 'E_OUTPUT_INSIDE_RUN'],
    [place.folder, 'E_USAGE'],
    [at('page.txt'), 'E_USAGE'],
    [at('page.html'), 'E_OUTPUT_EXISTS'],
    ['s3://bucket/page.html', 'E_USAGE'],
  ] as const) {
    const refused = await call(report, [finished], { json: true, flags: { html, processes: 1 } });
    assert.equal(refused.error?.code, code, html);
    assert.doesNotMatch(refused.error?.message ?? '', /--output/, html);
  }
  assert.equal(await readFile(at('page.html'), 'utf8'), text);
  const early = await call(report, [unfinished], { json: true, flags });
  assert.equal(early.error?.code, 'E_RUN_NO_MODEL');
});

test('verify finds every promised file of 0.1 right, and rows that it extracts again', async () => {
  const verified = jsonOf<{ good: boolean; finished: boolean; recomputed: { compared: number } }>(
    await cli(['verify', finished, '--recompute', '11', ...ONE]),
  );
  assert.deepEqual([verified.good, verified.finished, verified.recomputed.compared], [true, true, 11]);
  const stopped = jsonOf<{ good: boolean; finished: boolean }>(await cli(['verify', unfinished, ...ONE]));
  assert.deepEqual([stopped.good, stopped.finished], [true, false]);
});

test('the command of 0.1 with its globs written out is the same run: nothing is rebuilt', async () => {
  const files = filesUnder(finished).filter((file) => !file.startsWith('.tmp/'));
  const before = await fileIdentities(finished, files);
  const words = [...GLOBS_OF_THEN, '--partitions', '2', '--components', '3', '--csv'];
  const again = await run('run', images, '--output', output, '--name', 'finished', ...TRIAL, ...words);
  assert.equal(again.already, true);
  assert.deepEqual(await fileIdentities(finished, files), before);
});

test('a finished run of 0.1 is given another CSV, and verifies with it', async () => {
  const copy = at('other-csv');
  await cp(finished, copy, { recursive: true, preserveTimestamps: true });
  assert.equal((await run('resume', copy, '--csv', '--csv-bom')).extracted, 7);
  const csv = await readFile(join(copy, 'result.csv'), 'utf8');
  assert.equal(csv, `\uFEFF${await readFile(join(finished, 'result.csv'), 'utf8')}`);
  assert.equal((await cli(['verify', copy, ...ONE])).code, 0);
});

test('an unfinished run of 0.1 is resumed: what was committed stays, rows are the same', async () => {
  const copy = at('resumed');
  await cp(unfinished, copy, { recursive: true, preserveTimestamps: true });
  const committed = filesUnder(copy).filter((file) => /part-0000[01]\./.test(file) && isPromised(file));
  assert.equal(committed.length, 4, 'features and sums of two partitions');
  assert.ok(
    filesUnder(copy).includes('sums/part-00002.sums'),
    'and a third that was killed before its commit',
  );
  const before = await fileIdentities(copy, committed);
  assert.equal((await run('resume', copy)).extracted, 7);
  assert.deepEqual(await fileIdentities(copy, committed), before);
  await assertSameRows(copy, await rowsOf(finished));
});

test('a refit of a run of 0.1 takes its features and sums as they are', async () => {
  const refit = await run('refit', finished, '--components', '2', '--output', at('refit'), '--max-bad', '1');
  assert.equal(refit.reused, 7);
  for (const file of filesUnder(finished).filter((name) => /^(?:features|sums)\//.test(name))) {
    assert.deepEqual(await readFile(join(refit.location, file)), await readFile(join(finished, file)), file);
  }
});

test('a transform by the model of a run of 0.1 has the projection of that run', async () => {
  const words = ['--output', at('transform'), '--max-bad', '1'];
  const { location, extracted } = await run('transform', finished, images, ...words);
  assert.equal(extracted, 7);
  await assertSameRows(location, await rowsOf(finished));
});

test('a run that reuses one of 0.1 extracts its rows again: another numeric class', async () => {
  const words = ['--output', at('reused'), '--reuse', finished, '--components', '3'];
  const result = await cli(['run', images, ...words, ...TRIAL, ...ONE]);
  const { location, reused } = jsonOf<Outcome>(result);
  assert.equal(reused, 0);
  assert.match(result.stderr, /not reused: .*numeric class/);
  await assertSameRows(location, await rowsOf(finished));
});
