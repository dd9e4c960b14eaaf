import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FEATURES, type PcaModel, RUN_FILES } from '@verger/core';
import { decodeFeatures, decodeProjection } from '@verger/tables';
import { cli, jsonOf, temporaryFolder } from '@verger/testkit/cli';
import { parseCsv } from '@verger/testkit/csv';
import { writeImage } from '@verger/testkit/images';
import { assertRefused } from '@verger/testkit/refused';
import { filesUnder } from '@verger/testkit/run-folder';
import { sharedFile, sharedTest } from '@verger/testkit/shared';

const ROWS = 4962;
const WEIGHTS = 'model/mobilenetv2_imagenet_no_top.h5';
const PROJECTED = { rows: 20, columns: 30 };

const bytesOf = (name: string): ArrayBuffer => {
  const file = readFileSync(sharedFile(`reference/${name}`));
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
};

/** Features, projection and names of a run, in listing order. */
async function readRows(location: string) {
  const paths: string[] = [];
  const labels: string[] = [];
  const features = new Float32Array(ROWS * FEATURES);
  const projection: number[][] = [];
  for (const file of filesUnder(join(location, 'features'))) {
    const stored = await decodeFeatures(await readFile(join(location, 'features', file)));
    const projected = await decodeProjection(await readFile(join(location, 'projection', file)));
    assert.deepEqual(projected.paths, stored.paths);
    features.set(stored.features, paths.length * FEATURES);
    paths.push(...stored.paths);
    labels.push(...stored.labels);
    for (let row = 0; row < stored.paths.length; row += 1) {
      projection.push([...projected.projection.subarray(row * projected.k, (row + 1) * projected.k)]);
    }
  }
  return { paths, labels, features, projection };
}

/** The largest difference of two columns, whichever way the second one points. */
function gapUpToSign(actual: readonly number[], expected: readonly number[]): number {
  const gap = (sign: number) =>
    Math.max(...actual.map((value, row) => Math.abs(value - sign * expected[row]!)));
  return Math.min(gap(1), gap(-1));
}

sharedTest(
  'the photographs give the features, the k and the projection of the pipeline that this one replaces',
  async () => {
    const place = await temporaryFolder();
    try {
      const images = sharedFile('data/fruits-360/Test');
      const where = ['run', images, '--output', place.folder, '--weights', sharedFile(WEIGHTS)];
      const { location, ...outcome } = jsonOf<{ location: string; [field: string]: unknown }>(
        await cli([...where, '--csv', '--json']),
      );
      const { listed, extracted, quarantined, k, verdict } = outcome;
      assert.deepEqual([listed, extracted, quarantined, k, verdict], [ROWS, ROWS, 0, 25, 'ok']);

      const rows = await readRows(location);
      const expected = JSON.parse(readFileSync(sharedFile('reference/all_rows.json'), 'utf8')) as {
        path: string[];
        label: string[];
      };
      assert.deepEqual(rows.paths, expected.path);
      assert.deepEqual(rows.labels, expected.label);
      const keras = new Float32Array(bytesOf('all_features.f32'));
      let gap = 0;
      for (const [at, value] of keras.entries()) gap = Math.max(gap, Math.abs(value - rows.features[at]!));
      assert.ok(gap <= 2e-4, `features differ from Keras' by ${gap}`);

      const reference = new Float64Array(bytesOf('pca_projection_20x30.f64'));
      for (let column = 0; column < 25; column += 1) {
        const actual = rows.projection.slice(0, PROJECTED.rows).map((row) => row[column]!);
        const wanted = actual.map((_, row) => reference[row * PROJECTED.columns + column]!);
        const difference = gapUpToSign(actual, wanted);
        assert.ok(difference < 5e-4, `component ${column} differs from scikit-learn's by ${difference}`);
      }
      const model = JSON.parse(await readFile(join(location, RUN_FILES.model), 'utf8')) as PcaModel;
      const { explained_variance_ratio: ratios } = JSON.parse(
        readFileSync(sharedFile('reference/pca.json'), 'utf8'),
      ) as { explained_variance_ratio: number[] };
      for (const [at, ratio] of ratios.entries()) {
        assert.ok(Math.abs(model.explainedVarianceRatio[at]! - ratio) < 1e-6, `ratio ${at}`);
      }

      const [header, ...records] = parseCsv(await readFile(join(location, RUN_FILES.csv), 'utf8'));
      assert.deepEqual(header, ['path', 'label', 'pca_features']);
      assert.equal(records.length, ROWS);
      for (const [row, [path, label, numbers]] of records.entries()) {
        assert.deepEqual([path, label], [rows.paths[row], rows.labels[row]]);
        assert.deepEqual(JSON.parse(numbers!), rows.projection[row]);
      }
    } finally {
      await place.remove();
    }
  },
);

sharedTest(
  'weights that were changed are refused by the probe, and taken as custom ones when that is said',
  async () => {
    const place = await temporaryFolder();
    try {
      const weights = join(place.folder, 'changed.h5');
      const bytes = await readFile(sharedFile(WEIGHTS));
      bytes.fill(0, bytes.length >> 1, (bytes.length >> 1) + 400_000);
      await writeFile(weights, bytes);
      const from = filesUnder(sharedFile('data/fruits-360/Test/Banana')).slice(0, 3);
      for (const file of from) {
        const image = await readFile(sharedFile(`data/fruits-360/Test/Banana/${file}`));
        await writeImage(join(place.folder, 'images'), file, image);
      }
      const run = ['run', join(place.folder, 'images'), '--output', join(place.folder, 'out')];
      const refused = await cli([...run, '--weights', weights]);
      assertRefused(refused, 'E_WEIGHTS_PROBE');
      assert.deepEqual(filesUnder(join(place.folder, 'out')), []);
      const custom = await cli([...run, '--weights', weights, '--custom-weights']);
      assert.equal(custom.code, 0, custom.stderr);
      assert.match(custom.stdout, /custom weights/);

      const shown = jsonOf<{ sha256: string; probe: { ok: boolean }; layers: unknown[] }>(
        await cli(['weights', '--json', '--weights', sharedFile(WEIGHTS)]),
      );
      const { weights_sha256 } = JSON.parse(readFileSync(sharedFile('reference/reference.json'), 'utf8')) as {
        weights_sha256: string;
      };
      assert.equal(shown.sha256, weights_sha256);
      assert.equal(shown.probe.ok, true);
      assert.ok(shown.layers.length > 50);
    } finally {
      await place.remove();
    }
  },
);
