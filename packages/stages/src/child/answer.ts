import {
  canonicalJson,
  type DecodeResult,
  type Extractor,
  FEATURES,
  type IntegerGram,
  type PcaModel,
  type Pixels,
  type StoredFile,
  type Sums,
  sha256,
  VergerError,
} from '@verger/core';
import { featuresInRange } from '@verger/features';
import { addRows, emptySums, type LabelledRows, type Projection, prepareProjection } from '@verger/pca';
import { computeRowsDigest, decodeFeatures, encodeFeatures, encodeSums } from '@verger/tables';
import { checkRowsAgainstListing } from './check-rows.ts';
import { centroids, createProjector, fit, readProjection, readQuarantine } from './pca.ts';
import type {
  BatchOutcome,
  ChildCalls,
  ChildRequest,
  ChildResponse,
  EncodedPartition,
  ExaminedPartition,
  ImageOutcome,
  PickedRows,
} from './protocol.ts';
import { reuseRows } from './reuse.ts';

const storedFile = (bytes: Uint8Array): StoredFile => ({ sha256: sha256(bytes), bytes: bytes.byteLength });

/**
 * First all are decoded and resized, then all are inferred: turn by turn, each would throw the other's code
 * and tables out of the core's caches. `pixels` are kept for the next batch: garbage is collected for every
 * few megabytes of fresh ones. Bad bytes and bad numbers are outcomes, never errors.
 */
async function extractBatch(
  extractor: Extractor,
  { images, limits }: ChildCalls['images']['request'],
  pixels: Pixels[],
): Promise<BatchOutcome> {
  const started = performance.now();
  const decoded: DecodeResult[] = [];
  for (const [index, bytes] of images.entries()) {
    const result = await extractor.decode(bytes, pixels[index], limits);
    if (result.ok) pixels[index] = result.pixels;
    decoded.push(result);
  }
  const inferring = performance.now();
  const outcomes: ImageOutcome[] = [];
  for (const result of decoded) {
    if (!result.ok) outcomes.push({ ok: false, code: result.code });
    else {
      const features = await extractor.infer(result.pixels);
      outcomes.push(
        featuresInRange(features) ? { ok: true, features } : { ok: false, code: 'E_IMG_FEATURES' },
      );
    }
  }
  return { outcomes, decodeMs: inferring - started, inferenceMs: performance.now() - inferring };
}

/** How a child adds up rows, and projects them. */
export interface Arithmetic {
  addUp(rows: LabelledRows): Promise<Sums>;
  prepareProjection(model: PcaModel): Projection;
}

/** The arithmetic of all features, on that Gram product. */
export function arithmeticOf(gram: IntegerGram): Arithmetic {
  const addUp = async (rows: LabelledRows) => {
    const sums = emptySums(FEATURES);
    await addRows(sums, rows, gram);
    return sums;
  };
  return { addUp, prepareProjection };
}

/** What seals and adopts in a child. */
interface Encoder {
  readonly extractor: Extractor;
  readonly arithmetic: Arithmetic;
}

/** The sums of a partition's rows as a file. */
async function sumsOf({ arithmetic }: Encoder, rows: LabelledRows) {
  const sums = await arithmetic.addUp(rows);
  const bytes = encodeSums(sums);
  return { sums: bytes, sumsFile: storedFile(bytes) };
}

async function encode(
  encoder: Encoder,
  { rows }: ChildCalls['encode']['request'],
): Promise<EncodedPartition> {
  const { fingerprint, numericClass } = encoder.extractor;
  const features = encodeFeatures(rows, {
    fingerprint,
    numericClass,
    listed: rows.paths.length + rows.quarantined.length,
    quarantined: rows.quarantined,
  });
  return {
    features,
    featuresFile: storedFile(features),
    ...(await sumsOf(encoder, rows)),
    rowsDigest: computeRowsDigest(rows, rows.quarantined),
    extracted: rows.paths.length,
    quarantined: rows.quarantined,
    numericClass,
  };
}

/**
 * Takes a stored features file: fingerprint, rows against the listing and digest must hold (E_PART_CORRUPT).
 */
async function adopt(
  encoder: Encoder,
  { features: bytes, listing }: ChildCalls['adopt']['request'],
): Promise<EncodedPartition> {
  const { fingerprint } = encoder.extractor;
  const stored = await decodeFeatures(bytes);
  const { metadata } = stored;
  if (canonicalJson(metadata.fingerprint) !== canonicalJson(fingerprint)) {
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'Its features come from another extractor.' });
  }
  if (listing !== null) checkRowsAgainstListing(stored, metadata.quarantined, listing);
  if (!featuresInRange(stored.features)) {
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'It contains a feature outside [0, 8).' });
  }
  return {
    features: undefined,
    featuresFile: storedFile(bytes),
    ...(await sumsOf(encoder, stored)),
    rowsDigest: metadata.rowsDigest,
    extracted: stored.paths.length,
    quarantined: metadata.quarantined,
    numericClass: metadata.numericClass,
  };
}

async function examine(
  encoder: Encoder,
  request: ChildCalls['examine']['request'],
): Promise<ExaminedPartition> {
  const { features: _, sums: __, ...rest } = await adopt(encoder, request);
  return rest;
}

async function pick({ features: bytes, rows }: ChildCalls['pick']['request']): Promise<PickedRows> {
  const stored = await decodeFeatures(bytes);
  const features = new Float32Array(rows.length * FEATURES);
  for (const [index, row] of rows.entries()) {
    features.set(stored.features.subarray(row * FEATURES, (row + 1) * FEATURES), index * FEATURES);
  }
  const paths = rows.map((row) => stored.paths[row] ?? '');
  return { paths, features, numericClass: stored.metadata.numericClass };
}

/** Everything one child does. Between requests it keeps only the last PCA model. */
export function createAnswer(extractor: Extractor, arithmetic: Arithmetic) {
  const encoder = { extractor, arithmetic };
  const project = createProjector(arithmetic);
  const pixels: Pixels[] = [];

  return async (request: ChildRequest): Promise<ChildResponse> => {
    switch (request.kind) {
      case 'images':
        return await extractBatch(extractor, request, pixels);
      case 'encode':
        return await encode(encoder, request);
      case 'adopt':
        return await adopt(encoder, request);
      case 'examine':
        return await examine(encoder, request);
      case 'pick':
        return await pick(request);
      case 'reuse':
        return await reuseRows(request);
      case 'numericClass':
        return extractor.numericClass;
      case 'quarantine':
        return await readQuarantine(request);
      case 'fit':
        return fit(request);
      case 'centroids':
        return centroids(request);
      case 'project':
        return await project(request);
      case 'readProjection':
        return await readProjection(request);
    }
  };
}
