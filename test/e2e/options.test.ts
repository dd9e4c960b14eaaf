import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FEATURES, type Manifest, type PcaModel, RUN_FILES } from '@verger/core';
import { decodeFeatures, decodeProjection } from '@verger/tables';
import { cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard, writeImage } from '@verger/testkit/images';
import { filesUnder } from '@verger/testkit/run-folder';
import sharp from 'sharp';

interface Outcome {
  readonly runId: string;
  readonly location: string;
  readonly already: boolean;
  readonly extracted: number;
  readonly k: number;
}

let place: { folder: string; remove: () => Promise<void> };
let images: string;
let paths: string[];

before(async () => {
  place = await temporaryFolder();
  images = join(place.folder, 'orchard');
  paths = (await plantOrchard(images, { kinds: 5, views: 6 })).sort();
});
after(() => place.remove());

async function run(output: string, ...more: string[]): Promise<Outcome> {
  const args = [
    'run',
    images,
    '--output',
    join(place.folder, output),
    ...TRIAL,
    '--processes',
    '1',
    '--json',
  ];
  return jsonOf<Outcome>(await cli([...args, ...more]));
}

/** Everything in a run, read back. Rows are plain arrays. */
async function readRun(location: string) {
  const json = async <T>(file: string) => JSON.parse(await readFile(join(location, file), 'utf8')) as T;
  const rows = [];
  for (const file of filesUnder(join(location, 'features'))) {
    const stored = await decodeFeatures(await readFile(join(location, 'features', file)));
    const projected = await decodeProjection(await readFile(join(location, 'projection', file)));
    assert.deepEqual(projected.paths, stored.paths);
    for (const [row, path] of stored.paths.entries()) {
      rows.push({
        path,
        label: stored.labels[row]!,
        features: [...stored.features.subarray(row * FEATURES, (row + 1) * FEATURES)],
        projection: [...projected.projection.subarray(row * projected.k, (row + 1) * projected.k)],
      });
    }
  }
  return {
    manifest: await json<Manifest>(RUN_FILES.manifest),
    model: await json<PcaModel>(RUN_FILES.model),
    rows,
  };
}

/** What the projection of a row must be, in plain loops. */
function projectionOf(features: readonly number[], model: PcaModel, centred: boolean): number[] {
  return model.components.map((component) =>
    component.reduce((sum, weight, at) => {
      const offset = centred ? model.mean[at]! : 0;
      return sum + (weight * (features[at]! - offset)) / model.scale[at]!;
    }, 0),
  );
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  for (const [at, value] of expected.entries()) {
    assert.ok(Math.abs(actual[at]! - value) < 1e-9 * scale, `${at}: ${actual[at]} is not ${value}`);
  }
}

test('a seeded sample, labels by regex, standardised: repeatable, with its projection', async () => {
  const flags = ['--sample', '0.5', '--seed', '3', '--label', 'regex:_(\\d+)\\.', '--standardise'];
  const first = await run('sampled', ...flags);
  const { manifest, model, rows } = await readRun(first.location);
  assert.deepEqual(
    rows.map(({ path }) => path),
    paths.filter((path) => rows.some((row) => row.path === path)),
  );
  assert.ok(rows.length > 5 && rows.length < 25, `${rows.length} of 30`);
  assert.equal(manifest.extraction.sample, 0.5);
  for (const { path, label } of rows) assert.equal(label, /_(\d+)\./.exec(path)?.[1]);
  assert.ok(model.scale.some((scale) => scale !== 1));
  assert.equal(model.k, first.k);
  for (const { features, projection } of rows.slice(0, 3)) {
    assertClose(projection, projectionOf(features, model, true));
  }
  const shares = model.explainedVarianceRatio;
  const kept = (k: number) => shares.slice(0, k).reduce((sum, share) => sum + share, 0);
  assert.ok(kept(model.k) >= 0.75 - 1e-9 && kept(model.k - 1) < 0.75);

  const again = await run('sampled', ...flags);
  assert.deepEqual([again.runId, again.already], [first.runId, true]);
});

test('a limit, labels from a CSV, a number of components, as Spark projects', async () => {
  const csv = join(place.folder, 'labels.csv');
  const wanted = paths.slice(0, 8);
  const lines = wanted.slice(1).map((path, row) => `"fruit ""${row % 3}"", red",ignored,"${path}"`);
  await writeFile(csv, `label,other,path\n${lines.join('\n')}\n`);
  const flags = ['--limit', '8', '--label', `csv:${csv}`, '--components', '3', '--spark-compatible'];
  const outcome = await run('limited', ...flags, '--partitions', '3');
  const { manifest, model, rows } = await readRun(outcome.location);
  assert.deepEqual(
    rows.map(({ path, label }) => [path, label]),
    wanted.map((path, row) => [path, row === 0 ? '' : `fruit "${(row - 1) % 3}", red`]),
  );
  assert.deepEqual([outcome.k, model.k, manifest.partitions.length], [3, 3, 3]);
  assert.ok(model.scale.every((scale) => scale === 1));
  for (const { features, projection } of rows) {
    assertClose(projection, projectionOf(features, model, false));
  }
});

test('--formats and --max-pixels reach the children: a TIFF has features, in verify as well', async () => {
  const folder = join(place.folder, 'scans');
  const scan = (width: number) =>
    sharp({ create: { width, height: 40, channels: 3, background: width > 50 ? '#20c0f0' : '#a06020' } });
  await writeImage(folder, 'a.tif', await scan(50).tiff().toBuffer());
  await writeImage(folder, 'b.png', await scan(60).png().toBuffer());
  await writeImage(folder, 'large.png', await scan(61).png().toBuffer());
  const flags = ['--formats', '+tiff', '--max-pixels', '2400', '--components', '1', '--max-bad', '50%'];
  const args = [
    'run',
    folder,
    '--output',
    join(place.folder, 'scanned'),
    ...TRIAL,
    '--processes',
    '1',
    '--json',
  ];
  const { location, extracted } = jsonOf<Outcome>(await cli([...args, ...flags]));
  const { manifest, rows } = await readRun(location);
  assert.deepEqual([extracted, rows.map(({ path }) => path)], [2, ['a.tif', 'b.png']]);
  assert.deepEqual([manifest.extraction.formats, manifest.extraction.maxPixels], [['tiff'], 2400]);
  const quarantine = await readFile(join(location, RUN_FILES.quarantine), 'utf8');
  assert.match(quarantine, /^\{[^\n]*"path":"large.png"[^\n]*\}\n$/);
  assert.match(quarantine, /E_IMG_TOO_MANY_PIXELS/);
  const verified = await cli([
    ...['verify', location, '--recompute', '2'],
    ...['--weights', 'untrained', '--processes', '1'],
  ]);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  // What the run opens decides what a resume's children need, not what its command line says.
  const resumed = await cli(['resume', location, '--weights', 'untrained', '--child-memory', '64MiB']);
  assert.match(resumed.stderr, /2,400 pixels \(--max-pixels\) may need 257 MiB, more than --child-memory/);

  const applied = await cli([
    ...['transform', location, folder, '--output', join(place.folder, 'applied'), '--weights', 'untrained'],
    ...['--formats', '+tiff', '--processes', '1', '--json'],
  ]);
  assert.equal(jsonOf<Outcome>(applied).extracted, 3, applied.stderr);
  const few = join(place.folder, 'few scans');
  const copied = await cli([
    'sample',
    folder,
    '--output',
    few,
    '--count',
    '9',
    '--formats',
    '+tiff',
    '--json',
  ]);
  assert.equal(jsonOf<{ copied: number }>(copied).copied, 3);
});

test('options from variable and file: a flag wins over a variable, a variable over the file', async () => {
  const cwd = join(place.folder, 'images of a project');
  await plantOrchard(join(cwd, 'fruit'), { kinds: 1, views: 4 });
  await writeFile(
    join(cwd, 'verger.config.json'),
    JSON.stringify({ weights: 'untrained', output: 'from-file', components: 3, label: 'none', processes: 1 }),
  );
  const result = await cli(['run', 'fruit', '--components', '1', '--name', 'mine', '--json'], {
    cwd,
    env: { VERGER_OUTPUT: 'from-variable', VERGER_COMPONENTS: '2', VERGER_LABLE: 'parent' },
  });
  const { location, k } = jsonOf<Outcome>(result);
  assert.deepEqual([location, k], [join(cwd, 'from-variable', 'mine'), 1]);
  assert.match(result.stderr, /^warning: VERGER_LABLE .*VERGER_LABEL/m);
  const { manifest, rows } = await readRun(location);
  assert.ok(rows.every(({ label }) => label === ''));
  assert.equal(manifest.runId, 'mine');

  const other = await cli(['run', 'fruit', '--components', '2', '--name', 'mine'], {
    cwd,
    env: { VERGER_OUTPUT: 'from-variable' },
  });
  assert.equal(other.code, 4);
  assert.match(other.stderr, /^E_RUN_CONFLICT: [\s\S]*pca\.components: 1 -> 2/m);
});
