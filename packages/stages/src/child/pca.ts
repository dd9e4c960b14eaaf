import { type PcaModel, pcaModelSchema, RUN_FILES } from '@verger/core';
import { fitPca, labelCentroids, type Projection } from '@verger/pca';
import { parseRecord } from '@verger/run';
import { decodeFeatures, decodeSums, encodeProjection } from '@verger/tables';
import type { ChildCalls } from './protocol.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Fits merged sums. Errors: E_SUMS_CORRUPT, E_PCA_…. */
export function fit({ sums: bytes, options }: ChildCalls['fit']['request']) {
  const sums = decodeSums(bytes);
  const model = fitPca(sums, options);
  const labels = labelCentroids(sums, model);
  return { model: utf8(`${JSON.stringify(model)}\n`), labels: utf8(`${JSON.stringify(labels)}\n`) };
}

/** The labels of merged sums in the space of a given model. Errors: E_SUMS_CORRUPT, E_RUN_CORRUPT. */
export function centroids({ sums, model: bytes }: ChildCalls['centroids']['request']) {
  const model = parseRecord(bytes, pcaModelSchema, RUN_FILES.givenModel);
  const labels = labelCentroids(decodeSums(sums), model);
  return { labels: utf8(`${JSON.stringify(labels)}\n`) };
}

/** Projects committed features: the last PCA model seen is kept between requests. Errors: E_PART_CORRUPT, E_RUN_CORRUPT. */
export function createProjector({ prepareProjection }: { prepareProjection(model: PcaModel): Projection }) {
  let last: { sha256: string; model: PcaModel; project: Projection } | undefined;

  return async (request: ChildCalls['project']['request']) => {
    const { modelSha256, model: sent } = request;
    if (last?.sha256 !== modelSha256) {
      if (sent === undefined) return 'need-model' as const;
      const model = parseRecord(sent, pcaModelSchema, RUN_FILES.model);
      last = { sha256: modelSha256, model, project: prepareProjection(model) };
    }
    // Of another run's request, `last` may be another model after the wait.
    const { model, project } = last;
    const { paths, labels, features } = await decodeFeatures(request.features, request.rowsDigest);
    const projection = project(features, paths.length);
    return { projection: encodeProjection({ paths, labels, projection, k: model.k }, { modelSha256 }) };
  };
}
