import {
  canonicalJson,
  type Extractor,
  type IntegerGram,
  type PcaModel,
  pcaModelSchema,
  type Quarantined,
  RUN_FILES,
  type StoredFile,
  type Sums,
  sha256,
  VergerError,
} from '@verger/core';
import { featuresInRange } from '@verger/features';
import { addRows, emptySums, fitPca, labelCentroids, mergeSums, prepareProjection } from '@verger/pca';
import {
  computeRowsDigest,
  decodeFeatures,
  decodeProjection,
  decodeSums,
  encodeFeatures,
  encodeProjection,
  encodeSums,
} from '@verger/tables';
import type {
  ChildCalls,
  ChildRequest,
  ChildResponse,
  ImageOutcome,
  PartitionRows,
  SealedPartition,
} from './child-protocol.ts';
import { parseRecord } from './records.ts';
import { checkRowsAgainstListing } from './rows-check.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const storedFile = (bytes: Uint8Array): StoredFile => ({ sha256: sha256(bytes), bytes: bytes.byteLength });

/** Decode, resize, infer, in that order, each timed. Bad bytes and bad numbers are outcomes, never errors. */
async function extractImage(extractor: Extractor, bytes: Uint8Array): Promise<ImageOutcome> {
  const started = performance.now();
  const decoded = await extractor.decode(bytes);
  if (!decoded.ok) return { ok: false, code: decoded.code };
  const inferring = performance.now();
  const features = await extractor.infer(decoded.pixels);
  if (!featuresInRange(features)) return { ok: false, code: 'E_IMG_FEATURES' };
  return {
    ok: true,
    features,
    decodeMs: inferring - started,
    inferenceMs: performance.now() - inferring,
  };
}

/** The sums of a partition's rows as a file. */
async function sumsOf(
  rows: { features: Float32Array; labels: readonly string[] },
  gram: IntegerGram,
  width: number,
) {
  const sums = emptySums(width);
  await addRows(sums, rows, gram);
  const bytes = encodeSums(sums);
  return { sums: bytes, sumsFile: storedFile(bytes) };
}

async function seal(extractor: Extractor, gram: IntegerGram, rows: PartitionRows): Promise<SealedPartition> {
  const { fingerprint, numericClass } = extractor;
  const features = encodeFeatures(rows, {
    fingerprint,
    numericClass,
    listed: rows.paths.length + rows.quarantined.length,
    quarantined: rows.quarantined,
  });
  return {
    features,
    featuresFile: storedFile(features),
    ...(await sumsOf(rows, gram, fingerprint.features)),
    rowsDigest: computeRowsDigest(rows, rows.quarantined),
    extracted: rows.paths.length,
    quarantined: rows.quarantined,
    numericClass,
  };
}

/** Takes a stored features file: fingerprint, rows against the listing and digest must hold (E_PART_CORRUPT). */
async function adopt(
  extractor: Extractor,
  gram: IntegerGram,
  { features: bytes, listing }: ChildCalls['adopt']['request'],
): Promise<SealedPartition> {
  const stored = await decodeFeatures(bytes);
  const { metadata } = stored;
  if (canonicalJson(metadata.fingerprint) !== canonicalJson(extractor.fingerprint)) {
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'Its features are of another extractor.' });
  }
  checkRowsAgainstListing(stored, metadata.quarantined, listing);
  if (!featuresInRange(stored.features)) {
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'It holds a feature outside [0, 8).' });
  }
  return {
    features: undefined,
    featuresFile: storedFile(bytes),
    ...(await sumsOf(stored, gram, extractor.fingerprint.features)),
    rowsDigest: metadata.rowsDigest,
    extracted: stored.paths.length,
    quarantined: metadata.quarantined,
    numericClass: metadata.numericClass,
  };
}

/** A features file whose rows digest is the committed one, or E_PART_CORRUPT. */
async function committedFeatures(bytes: Uint8Array, rowsDigest: string) {
  const stored = await decodeFeatures(bytes);
  if (stored.metadata.rowsDigest !== rowsDigest) {
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'Its features are not those of its commit.' });
  }
  return stored;
}

/** Everything one child does. State: the sums being merged, and the last PCA model seen. */
export function createChildWork(extractor: Extractor, gram: IntegerGram) {
  let merged: Sums | undefined;
  let known: { sha256: string; model: PcaModel; project: ReturnType<typeof prepareProjection> } | undefined;

  function merge({ sums: bytes, sha256: expected, first }: ChildCalls['merge']['request']) {
    if (sha256(bytes) !== expected) {
      throw new VergerError('E_SUMS_CORRUPT', {}, { detail: 'Its sha256 is not the one in its commit.' });
    }
    const sums = decodeSums(bytes);
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

  async function project(request: ChildCalls['project']['request']) {
    if (known?.sha256 !== request.modelSha256) {
      if (request.model === undefined) return 'need-model' as const;
      const model = parseRecord(request.model, pcaModelSchema, RUN_FILES.model);
      known = { sha256: request.modelSha256, model, project: prepareProjection(model) };
    }
    const { paths, labels, features } = await committedFeatures(request.features, request.rowsDigest);
    const projection = known.project(features, paths.length);
    const bytes = encodeProjection(
      { paths, labels, projection, k: known.model.k },
      { modelSha256: request.modelSha256 },
    );
    return { projection: bytes };
  }

  async function readProjection({ bytes, modelSha256 }: ChildCalls['readProjection']['request']) {
    const stored = await decodeProjection(bytes);
    if (stored.modelSha256 !== modelSha256) {
      throw new VergerError('E_PART_CORRUPT', {}, { detail: 'Its projection is of another PCA model.' });
    }
    return stored;
  }

  async function quarantine(request: ChildCalls['quarantine']['request']): Promise<readonly Quarantined[]> {
    return (await committedFeatures(request.features, request.rowsDigest)).metadata.quarantined;
  }

  return async (request: ChildRequest): Promise<ChildResponse> => {
    switch (request.kind) {
      case 'image':
        return await extractImage(extractor, request.bytes);
      case 'seal':
        return await seal(extractor, gram, request.rows);
      case 'adopt':
        return await adopt(extractor, gram, request);
      case 'quarantine':
        return await quarantine(request);
      case 'merge':
        return merge(request);
      case 'fit':
        return fit(request);
      case 'project':
        return await project(request);
      case 'readProjection':
        return await readProjection(request);
    }
  };
}
