/** Finished runs whose features nobody computed: projections of any number of rows, to make pages of. */
import { link, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  FEATURES,
  type LabelCentroids,
  type PcaModel,
  RUN_FILES,
  runLayout,
  seededNumbers,
  sha256,
} from '@verger/core';
import { encodeProjection } from '@verger/tables';
import { filesUnder } from '@verger/testkit/run-folder';
import { PCA } from '@verger/testkit/run-harness';
import { writeRun } from '@verger/testkit/written-run';

/** A run that is made up. */
export interface MadeRun {
  readonly rows: number;
  readonly labels: number;
  readonly k: number;
  readonly partitionSize: number;
  /** Photographs that stand below other names; without them the run has no images. */
  readonly photographs?: string;
}

/** Writes the run below the folder; gives the run's own. 20 s for 1,000,000 rows. */
export async function writeMadeRun(folder: string, made: MadeRun): Promise<string> {
  const { rows, labels, k, partitionSize, photographs } = made;
  const images = join(folder, 'images');
  const partitions = Array.from({ length: Math.ceil(rows / partitionSize) }, (_, at) =>
    Math.min(partitionSize, rows - at * partitionSize),
  );
  const submittedMs = Date.parse('2026-11-30T08:00:00.000Z');
  const run = { id: 'madeuprun001', images, partitions, submittedMs, isDone: true };
  const { folder: own, manifest } = await writeRun(join(folder, 'runs'), run);
  const layout = runLayout(manifest.partDigits);
  const write = async (file: string, bytes: Uint8Array | string) => {
    await mkdir(dirname(join(own, file)), { recursive: true });
    await writeFile(join(own, file), bytes);
  };
  const model = Buffer.from(`${JSON.stringify(modelOf(made))}\n`);
  await write(RUN_FILES.model, model);
  const space = labelSpace(made);
  await write(RUN_FILES.labels, `${JSON.stringify(space.centroids)}\n`);
  const files =
    photographs === undefined ? [] : filesUnder(photographs).filter((file) => /\.jpe?g$/.test(file));
  let first = 0;
  for (const [partition, count] of partitions.entries()) {
    const places = Array.from({ length: count }, (_, at) => first + at);
    const named = places.map((row) => ({ row, label: Math.floor((row * labels) / rows) }));
    const paths = named.map(({ row, label }) => `${space.names[label]}/${String(row).padStart(7, '0')}.jpg`);
    const projection = Float64Array.from(
      named.flatMap(({ label }) => Array.from({ length: k }, (_, at) => space.draw(label, at))),
    );
    const rowLabels = named.map(({ label }) => space.names[label] ?? '');
    const part = encodeProjection(
      { paths, labels: rowLabels, projection, k },
      { modelSha256: sha256(model) },
    );
    await write(layout.projection(partition), part);
    const lines = await Promise.all(
      paths.map(async (path, at) => {
        const file = files[(first + at) % Math.max(1, files.length)];
        const listed =
          file === undefined ? NONE : await plant(join(photographs ?? '', file), join(images, path));
        return JSON.stringify({ bytes: listed.bytes, label: rowLabels[at], path, version: listed.version });
      }),
    );
    await write(layout.listing(partition), lines.map((line) => `${line}\n`).join(''));
    first += count;
  }
  return own;
}

const NONE = { bytes: 2000, version: 'mtime:0' };

async function plant(photograph: string, place: string) {
  await mkdir(dirname(place), { recursive: true });
  await link(photograph, place);
  const { size, mtimeNs } = await stat(place, { bigint: true });
  return { bytes: Number(size), version: `mtime:${mtimeNs}` };
}

const shareOf = (at: number) => 0.16 * 0.84 ** at;

function modelOf({ k, rows }: MadeRun): PcaModel {
  const ratio = Array.from({ length: FEATURES }, (_, at) => shareOf(at));
  return {
    ...{ format: 'verger-pca-1', k, count: rows, options: PCA, sumsDigest: 'ab'.repeat(32) },
    mean: new Array<number>(FEATURES).fill(0),
    scale: new Array<number>(FEATURES).fill(1),
    components: Array.from({ length: k }, (_, at) => new Array<number>(FEATURES).fill(at)),
    explainedVariance: ratio.map((share) => share * 900),
    ...{ explainedVarianceRatio: ratio, totalVariance: 900 },
  };
}

/** Labels like fruits: some lie close to each other, and rows scatter by as much as is between those. */
function labelSpace({ labels, k, rows }: MadeRun) {
  const random = seededNumbers(3);
  const normal = () => random() + random() + random() + random() - 2;
  const names = Array.from({ length: labels }, (_, at) => `Fruit ${String(at).padStart(4, '0')}`);
  const centres = names.map(() =>
    Array.from({ length: k }, (_, at) => normal() * 22 * Math.sqrt(shareOf(at))),
  );
  const draw = (label: number, at: number) =>
    (centres[label]?.[at] ?? 0) + normal() * 13 * Math.sqrt(shareOf(at));
  const counts = names.map(
    (_, at) => Math.ceil(((at + 1) * rows) / labels) - Math.ceil((at * rows) / labels),
  );
  const centroids: LabelCentroids = {
    ...{ format: 'verger-labels-1', truncated: false },
    labels: names.map((label, at) => ({ label, count: counts[at] ?? 1, centroid: centres[at] ?? [] })),
  };
  return { names, draw, centroids };
}
