import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Commit, type Quarantined, RUN_FILES } from '@verger/core';
import { brokenFiles } from '@verger/orchard';
import { decodeProjection } from '@verger/tables';
import { call } from '@verger/testkit/call';
import { type CliResult, cli, jsonOf, startCli, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { parseCsv } from '@verger/testkit/csv';
import { plantOrchard } from '@verger/testkit/images';
import { fileIdentities, filesUnder, readJsonLines } from '@verger/testkit/run-folder';
import { head } from '../../apps/verger/src/commands/head.ts';
import { report } from '../../apps/verger/src/commands/report.ts';
import { status } from '../../apps/verger/src/commands/status.ts';

/** What `run --json` prints, as far as these tests look at it. */
interface Outcome {
  readonly runId: string;
  readonly location: string;
  readonly verdict: string;
  readonly already: boolean;
  readonly listed: number;
  readonly extracted: number;
  readonly quarantined: number;
  readonly k: number;
  readonly firstImageMs: number | null;
}

const GOOD = 24;
const BROKEN = 5;
let place: { folder: string; remove: () => Promise<void> };
let images: string;
let output: string;
let first: CliResult;
let outcome: Outcome;
/** Everything that was printed into a pipe in this file. */
const printed: CliResult[] = [];

const verger = async (...args: string[]) => {
  const result = await cli(args);
  printed.push(result);
  return result;
};
const run = (...more: string[]) =>
  verger('run', images, '--output', output, ...TRIAL, '--partition-size', '10', ...more);

before(async () => {
  place = await temporaryFolder();
  images = join(place.folder, 'orchard');
  output = join(place.folder, 'results');
  await plantOrchard(images, { kinds: 4, views: GOOD / 4, broken: true });
  first = await run('--json');
  outcome = jsonOf<Outcome>(first);
});
after(() => place.remove());

test('a run accounts for every listed file, in its outcome, its commits and its quarantine', async () => {
  const { location, listed, extracted, quarantined } = outcome;
  assert.deepEqual([listed, extracted, quarantined], [GOOD + BROKEN, GOOD, BROKEN]);
  assert.equal(outcome.verdict, 'ok');
  assert.equal(outcome.already, false);
  assert.ok((outcome.firstImageMs ?? 0) > 0);
  const commits = await Promise.all(
    filesUnder(join(location, 'commits')).map(
      async (file) => JSON.parse(await readFile(join(location, 'commits', file), 'utf8')) as Commit,
    ),
  );
  assert.equal(commits.length, 3);
  const total = (pick: (commit: Commit) => number) => commits.reduce((sum, commit) => sum + pick(commit), 0);
  assert.equal(
    total((commit) => commit.listed),
    GOOD + BROKEN,
  );
  assert.equal(
    total((commit) => commit.extracted),
    GOOD,
  );
  const records = await readJsonLines<Quarantined>(join(location, RUN_FILES.quarantine));
  const expected = (await brokenFiles(7)).map(({ path, expected: code, bytes }) => [
    path,
    code,
    bytes.length,
    path.split('/')[0],
    false,
  ]);
  assert.deepEqual(
    records.map(({ path, code, bytes, label, environmental }) => [path, code, bytes, label, environmental]),
    expected.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
});

test('results go to stdout, progress to stderr', () => {
  assert.equal(typeof JSON.parse(first.stdout), 'object');
  assert.match(first.stderr, new RegExp(`^run ${outcome.runId}: 29 images \\(`));
  assert.match(first.stderr, /extract {2}.* 29 images/);
  assert.equal(outcome.location, join(output, outcome.runId));
});

test('the same command again verifies, reports, and writes nothing', async () => {
  const files = filesUnder(outcome.location);
  const identities = await fileIdentities(outcome.location, files);
  const again = await run();
  assert.equal(again.code, 0);
  assert.match(
    again.stdout,
    new RegExp(`^run ${outcome.runId}: done \\(it was already finished; every file was checked\\)`),
  );
  assert.match(again.stdout, /29 listed = 24 extracted \+ 5 in quarantine/);
  assert.deepEqual(filesUnder(outcome.location), files);
  assert.deepEqual(await fileIdentities(outcome.location, files), identities);
});

test('status counts what storage holds', async () => {
  const text = await verger('status', outcome.location);
  assert.equal(text.code, 0);
  assert.match(
    text.stdout,
    /: done\n {2}images {6}29 listed, 24 extracted, 5 in quarantine\n {2}partitions {2}3 of 3/,
  );
  const counts = jsonOf(await verger('status', output, '--json'));
  const { state, listed, extracted, quarantined, partitions, committed, projected, failures } = counts;
  assert.deepEqual(
    [state, listed, extracted, quarantined, partitions, committed, projected, failures],
    ['done', 29, 24, 5, 3, 3, 3, []],
  );
});

test('head shows the first rows of the projection or of the features', async () => {
  const text = await verger('head', output, '-n', '3');
  assert.equal(text.code, 0);
  assert.equal(text.stdout.trimEnd().split('\n').length, 2 + 3);
  assert.match(text.stdout, new RegExp(`path .*label .*pca_features \\(${outcome.k} numbers\\)`));
  const rows = (result: CliResult) =>
    result.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { path: string; label: string; [column: string]: unknown });
  const projected = rows(await verger('head', output, '-n', '12', '--json'));
  assert.equal(projected.length, 12);
  for (const { label, path, pca_features } of projected) {
    assert.equal(label, path.split('/')[0]);
    assert.equal((pca_features as number[]).length, outcome.k);
  }
  const featured = rows(await verger('head', output, '--features', '--json'));
  assert.equal(featured.length, 10);
  assert.ok(featured.every(({ features }) => (features as number[]).length === 1280));
});

test('head, report and status keep to the width of a terminal', async () => {
  for (const columns of [40, 60, 80, 200]) {
    for (const command of [head, report, status]) {
      const { printed: text } = await call(command, [output], { columns, flags: { rows: 3 } });
      // Lines of words are wrapped by the terminal's own output; what is drawn must fit by itself.
      const drawn = text.split('\n').filter((line) => command === head || /[─█]/.test(line));
      assert.ok(command === status || drawn.length > 3);
      for (const line of drawn) assert.ok([...line].length <= columns, `${columns}: ${line}`);
    }
  }
});

test('head into a reader that stops reading ends quietly', async () => {
  const running = startCli(['head', output, '--features', '--json', '-n', '24']);
  running.child.stdout?.destroy();
  const { code, stderr } = await running.ended;
  assert.deepEqual([code, stderr], [0, '']);
});

test('the report says counts, variance, labels and quarantine, as text and as JSON', async () => {
  const text = await verger('report', output, '--labels', '2');
  assert.equal(text.code, 0);
  assert.match(text.stdout, /29 listed = 24 extracted \+ 5 in quarantine/);
  assert.match(text.stdout, /UNTRAINED weights/);
  assert.match(text.stdout, /Labels \(4\)[\s\S]*… and 2 more/);
  for (const { path, expected } of await brokenFiles(7)) {
    assert.ok(text.stdout.includes(path) && text.stdout.includes(`${expected} × 1`), path);
  }
  const told = jsonOf<{ listed: number; labels: { label: string; count: number }[]; pca: { k: number } }>(
    await verger('report', output, '--json'),
  );
  assert.equal(told.listed, 29);
  assert.equal(told.pca.k, outcome.k);
  assert.deepEqual(
    told.labels,
    ['Apple Red', 'Banana', 'Grape Blue', 'Lemon'].map((label) => ({ label, count: 6 })),
  );
});

test('a CSV asked for later is added without extraction, with the rows of the Parquet files', async () => {
  const parts = filesUnder(outcome.location).filter((file) =>
    /^(features|sums|commits|projection|pca)\//.test(file),
  );
  const identities = await fileIdentities(outcome.location, parts);
  const added = jsonOf<Outcome>(await run('--csv', '--with-images', '--json'));
  assert.deepEqual([added.runId, added.already, added.firstImageMs], [outcome.runId, false, null]);
  assert.deepEqual(await fileIdentities(outcome.location, parts), identities);

  const [header, ...records] = parseCsv(await readFile(join(outcome.location, RUN_FILES.csv), 'utf8'));
  assert.deepEqual(header, ['path', 'label', 'pca_features', 'image_base64']);
  const rows = [];
  for (const file of filesUnder(join(outcome.location, 'projection'))) {
    const { paths, labels, projection, k } = await decodeProjection(
      await readFile(join(outcome.location, 'projection', file)),
    );
    for (const [row, path] of paths.entries()) {
      const image = (await readFile(join(images, path))).toString('base64');
      rows.push([path, labels[row], [...projection.subarray(row * k, (row + 1) * k)], image]);
    }
  }
  assert.equal(rows.length, GOOD);
  assert.deepEqual(
    records.map(([path, label, numbers, image]) => [
      path,
      label,
      JSON.parse(numbers ?? '') as number[],
      image,
    ]),
    rows,
  );
});

test('doctor says what the machine has, and weights where none are', async () => {
  const cache = join(place.folder, 'cache');
  const { ok, checks, int8 } = jsonOf<{
    ok: boolean;
    checks: { name: string; ok: boolean; detail: string }[];
    int8: { usable: boolean; detail: string };
  }>(await verger('doctor', '--json', '--cache', cache));
  assert.equal(ok, true);
  assert.match(int8.detail, int8.usable ? /--precision int8 can be used$/ : /^E_INT8_CPU: /);
  const detailOf = (name: string) => checks.find((check) => check.name === name)?.detail ?? '';
  assert.match(detailOf('engine'), /onnxruntime/);
  assert.match(detailOf('weights'), /none yet[\s\S]*numeric class/);
  assert.doesNotMatch(detailOf('weights'), /[0-9a-f]{16}/, 'a class of weights that no run has');
  const weights = await verger('weights', '--cache', cache, '--json');
  assert.equal(weights.code, 1);
  assert.match(
    weights.stderr,
    /^E_WEIGHTS_MISSING: [\s\S]*next: {2}Pass --weights FILE or set VERGER_WEIGHTS/,
  );
  assert.equal((JSON.parse(weights.stdout) as { error: { code: string } }).error.code, 'E_WEIGHTS_MISSING');
});

test('doctor names the numeric class that a run with the same weights has', async () => {
  const { checks } = jsonOf<{ checks: { name: string; detail: string }[] }>(
    await verger('doctor', '--json', '--weights', 'untrained'),
  );
  const file = await readFile(join(outcome.location, 'commits/part-00000.json'), 'utf8');
  const { numericClass } = JSON.parse(file) as Commit;
  const { detail = '' } = checks.find(({ name }) => name === 'weights') ?? {};
  assert.ok(detail.endsWith(numericClass), detail);
});

test('what is printed into a pipe has no control characters and no stack', () => {
  assert.ok(printed.length > 10);
  for (const { stdout, stderr } of printed) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(stdout + stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    assert.doesNotMatch(stdout + stderr, /^ {4}at /m);
  }
});
