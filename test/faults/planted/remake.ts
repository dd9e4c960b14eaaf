import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  commitSchema,
  epochFile,
  epochSchema,
  type LabelCentroids,
  labelCentroidsSchema,
  type PcaModel,
  type PcaOptions,
  RUN_FILES,
  reportSchema,
} from '@verger/core';
import {
  addRows,
  emptySums,
  fitPca,
  labelCentroids,
  mergeSums,
  plainIntegerGram,
  projectRows,
} from '@verger/pca';
import { buildReport, buildTimeline, timelineBytes } from '@verger/stages';
import { csvHeader, csvRecord } from '@verger/tables';
import type { PlantedRun } from './planted-run.ts';

/** The sums of a partition's features, rebuilt. */
export async function remakeSums(run: PlantedRun, part: number): Promise<void> {
  const { features, labels } = await run.features(part);
  const sums = emptySums(features.length / Math.max(1, labels.length) || 1280);
  await addRows(sums, { features, labels }, plainIntegerGram);
  await run.writeSums(part, sums);
}

/** PCA model and label centroids of the stored sums, fitted again. A second or two. */
export async function remakePca(run: PlantedRun, options?: PcaOptions): Promise<void> {
  const merged = await run.sums(0);
  for (const part of run.parts.slice(1)) mergeSums(merged, await run.sums(part));
  const asked = (await run.manifest()).pca;
  const model = { ...fitPca(merged, options ?? asked), options: asked };
  await run.writePca(model, labelCentroids(merged, model));
}

/** The centroids of the stored sums under a model that is given. */
export async function centroidsUnder(run: PlantedRun, model: PcaModel): Promise<LabelCentroids> {
  const merged = await run.sums(0);
  for (const part of run.parts.slice(1)) mergeSums(merged, await run.sums(part));
  return labelCentroids(merged, model);
}

/** Projections of the stored features with the stored model. */
export async function remakeProjections(
  run: PlantedRun,
  parts: readonly number[] = run.parts,
): Promise<void> {
  const model = await run.model();
  const modelSha256 = (await run.stored(RUN_FILES.model)).sha256;
  for (const part of parts) {
    const { paths, labels, features } = await run.features(part);
    const projection = projectRows(features, paths.length, model);
    await run.writeProjection(part, { paths, labels, projection, k: model.k, modelSha256 });
  }
}

/** `result.csv` of the stored projections. */
export async function remakeCsv(run: PlantedRun): Promise<void> {
  const { finish } = epochSchema.parse(JSON.parse(String(await run.read(epochFile(1)))));
  const pieces: Uint8Array[] = [
    Buffer.from(csvHeader({ withImages: finish.withImages }, { bom: finish.csvBom === true })),
  ];
  for (const part of run.parts) {
    const { paths, labels, projection, k } = await run.projection(part);
    for (const [row, path] of paths.entries()) {
      const pcaFeatures = projection.subarray(row * k, (row + 1) * k);
      const image = finish.withImages ? { image: await readFile(join(run.images, path)) } : {};
      pieces.push(csvRecord({ path, label: labels[row]!, pcaFeatures, ...image }, { raw: finish.csvRaw }));
    }
  }
  await run.write(RUN_FILES.csv, Buffer.concat(pieces));
}

/** `report.json` and `timeline.json` of the stored records. */
export async function remakeReport(run: PlantedRun): Promise<void> {
  const old = reportSchema.parse(JSON.parse(String(await run.read(RUN_FILES.report))));
  const commits = await Promise.all(
    run.parts.map(async (part) =>
      commitSchema.parse(JSON.parse(String(await run.read(run.layout.commit(part))))),
    ),
  );
  const report = buildReport({
    manifest: await run.manifest(),
    verdict: old.verdict,
    epochs: old.epochs,
    commits,
    quarantined: await run.quarantine(),
    model: await run.model(),
    labels: labelCentroidsSchema.parse(JSON.parse(String(await run.read(RUN_FILES.labels)))),
    leftOut: old.leftOut,
    stageMs: { reduce: old.stages.reduceMs, project: old.stages.projectMs },
  });
  await run.write(RUN_FILES.report, `${JSON.stringify(report, null, 1)}\n`);
  const { identity } = await run.manifest();
  const timeline = buildTimeline({ identity, epoch: old.epochs, commits, failures: [] });
  await run.write(RUN_FILES.timeline, timelineBytes(timeline));
}

/** Everything that follows from features and a model, made to follow again; commits and `_SUCCESS` too. */
export async function remakeAfterModel(run: PlantedRun): Promise<void> {
  await remakeProjections(run);
  await remakeCsv(run);
  await run.rewriteQuarantine();
  await run.reseal();
  await remakeReport(run);
}

/** Everything that follows from features, made to follow again. Two seconds. */
export async function remakeAfterFeatures(run: PlantedRun, parts: readonly number[]): Promise<void> {
  for (const part of parts) await remakeSums(run, part);
  await remakePca(run);
  await remakeAfterModel(run);
}
