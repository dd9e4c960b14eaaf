/** What int8 does to the results of a run over all photographs: k, variance and nearest centroids. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FEATURES, type PcaModel } from '@verger/core';
import { decodeImage, onnxIntegerGram } from '@verger/features';
import {
  addRows,
  compareWithCentroids,
  emptySums,
  fitPca,
  labelCentroids,
  type PointTable,
  prepareProjection,
} from '@verger/pca';
import { filesUnder } from '@verger/testkit/run-folder';
import type { Engine } from '../../packages/features/src/engines/engine.ts';
import { type Cosines, cosine, summarise } from './int8-search.ts';

const VARIANCE = 0.75;
const NONE = 65_535;

/** What the features of one precision give. */
export interface PcaFigures {
  readonly k: number;
  /** Share of the variance that 10 components keep. */
  readonly tenComponents: number;
  /** Share of images whose nearest centroid is that of their label. */
  readonly accuracy: number;
}

/** Both precisions on the same images. */
export interface PcaComparison {
  readonly images: number;
  readonly cosines: Cosines;
  readonly float32: PcaFigures;
  readonly int8: PcaFigures;
}

function accuracyOf(features: Float32Array, labels: readonly string[], table: CentroidTable): number {
  const { model, centroids, places } = table;
  const points = prepareProjection(model)(features, labels.length);
  const own = Uint16Array.from(labels, (label) => places.get(label) ?? NONE);
  const rows = { points, count: labels.length, k: model.k, own, isWanted: () => true };
  const { nearest } = compareWithCentroids(rows, centroids, { kept: 1, none: NONE });
  return own.filter((place, row) => place === nearest[row]).length / labels.length;
}

interface CentroidTable {
  readonly model: PcaModel;
  readonly centroids: PointTable;
  readonly places: ReadonlyMap<string, number>;
}

async function figuresOf(features: Float32Array, labels: readonly string[]): Promise<PcaFigures> {
  const sums = emptySums(FEATURES);
  await addRows(sums, { features, labels }, onnxIntegerGram);
  const model = fitPca(sums, {
    ...{ variance: VARIANCE, components: null, standardise: false, sparkCompatible: false },
  });
  const { labels: entries } = labelCentroids(sums, model);
  const points = Float64Array.from(entries.flatMap(({ centroid }) => [...centroid]));
  const centroids = { points, count: entries.length, k: model.k };
  const places = new Map(entries.map(({ label }, at) => [label, at]));
  const shares = model.explainedVarianceRatio;
  return {
    k: model.k,
    tenComponents: Array.from(shares.slice(0, 10)).reduce((sum, share) => sum + share, 0),
    accuracy: accuracyOf(features, labels, { model, centroids, places }),
  };
}

/** All images of a folder whose parent folders are their labels, with both engines. 14 ms an image. */
export async function comparePca(
  folder: string,
  engines: { readonly float32: Engine; readonly int8: Engine },
): Promise<PcaComparison> {
  const files = filesUnder(folder);
  const features = {
    float32: new Float32Array(files.length * FEATURES),
    int8: new Float32Array(files.length * FEATURES),
  };
  const labels: string[] = [];
  const cosines: number[] = [];
  for (const file of files) {
    const decoded = await decodeImage(await readFile(join(folder, file)));
    if (!decoded.ok) continue;
    const exact = await engines.float32.infer(decoded.pixels);
    const rounded = await engines.int8.infer(decoded.pixels);
    features.float32.set(exact, labels.length * FEATURES);
    features.int8.set(rounded, labels.length * FEATURES);
    cosines.push(cosine(exact, rounded));
    labels.push(dirname(file));
  }
  const used = (rows: Float32Array) => rows.subarray(0, labels.length * FEATURES);
  return {
    images: labels.length,
    cosines: summarise(cosines),
    float32: await figuresOf(used(features.float32), labels),
    int8: await figuresOf(used(features.int8), labels),
  };
}
