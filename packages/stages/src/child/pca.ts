import {
  type PcaModel,
  pcaModelSchema,
  type Quarantined,
  RUN_FILES,
  type Sums,
  sha256,
  VergerError,
} from '@verger/core';
import { fitPca, labelCentroids, mergeSums, prepareProjection } from '@verger/pca';
import { parseRecord } from '@verger/run';
import { decodeFeatures, decodeProjection, decodeSums, encodeProjection } from '@verger/tables';
import type { ChildCalls } from './protocol.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

/** A features file whose rows digest is the committed one, or E_PART_CORRUPT. */
async function committedFeatures(bytes: Uint8Array, rowsDigest: string) {
  const stored = await decodeFeatures(bytes);
  if (stored.metadata.rowsDigest !== rowsDigest) {
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'Its features do not match its commit.' });
  }
  return stored;
}

/** Quarantine of a committed features file. Errors: E_PART_CORRUPT. */
export async function readQuarantine(
  request: ChildCalls['quarantine']['request'],
): Promise<readonly Quarantined[]> {
  return (await committedFeatures(request.features, request.rowsDigest)).metadata.quarantined;
}

/** Rows of a projection that names that model. Errors: E_PART_CORRUPT. */
export async function readProjection({ bytes, modelSha256 }: ChildCalls['readProjection']['request']) {
  const stored = await decodeProjection(bytes);
  if (stored.modelSha256 !== modelSha256) {
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'Its projection comes from another PCA model.' });
  }
  return stored;
}

/**
 * Merges sums one after the other, then fits, or applies a given model: the sums so far are kept between
 * requests. Errors: E_SUMS_CORRUPT, E_PCA_….
 */
export function createFitter() {
  let merged: Sums | undefined;

  function begin(sums: Sums) {
    merged = sums;
  }

  function merge({ sums: bytes, sha256: expected, first }: ChildCalls['merge']['request']) {
    if (sha256(bytes) !== expected) {
      throw new VergerError('E_SUMS_CORRUPT', {}, { detail: 'Its sha256 does not match its commit.' });
    }
    const sums = decodeSums(bytes, { hashed: true });
    if (first || merged === undefined) merged = sums;
    else mergeSums(merged, sums);
    return { count: merged.count };
  }

  function fit({ options }: ChildCalls['fit']['request']) {
    if (merged === undefined) throw new Error('fit before merge');
    const model = fitPca(merged, options);
    const labels = labelCentroids(merged, model);
    merged = undefined;
    return { model: utf8(`${JSON.stringify(model)}\n`), labels: utf8(`${JSON.stringify(labels)}\n`) };
  }

  function centroids({ model: bytes }: ChildCalls['centroids']['request']) {
    if (merged === undefined) throw new Error('centroids before merge');
    const model = parseRecord(bytes, pcaModelSchema, RUN_FILES.givenModel);
    const labels = labelCentroids(merged, model);
    merged = undefined;
    return { labels: utf8(`${JSON.stringify(labels)}\n`) };
  }

  return { begin, merge, fit, centroids };
}

/**
 * Projects committed features: the last PCA model seen is kept between requests. Errors: E_PART_CORRUPT,
 * E_RUN_CORRUPT.
 */
export function createProjector() {
  let last: { sha256: string; model: PcaModel; project: ReturnType<typeof prepareProjection> } | undefined;

  return async ({
    features: bytes,
    rowsDigest,
    modelSha256,
    model: sent,
  }: ChildCalls['project']['request']) => {
    if (last?.sha256 !== modelSha256) {
      if (sent === undefined) return 'need-model' as const;
      const model = parseRecord(sent, pcaModelSchema, RUN_FILES.model);
      last = { sha256: modelSha256, model, project: prepareProjection(model) };
    }
    // Of another run's request, `last` may be another model after the wait.
    const { model, project } = last;
    const { paths, labels, features } = await committedFeatures(bytes, rowsDigest);
    const projection = project(features, paths.length);
    return { projection: encodeProjection({ paths, labels, projection, k: model.k }, { modelSha256 }) };
  };
}
