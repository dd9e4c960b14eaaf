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
import {
  computeRowsDigest,
  decodeFeatures,
  decodeProjection,
  encodeFeatures,
  encodeSums,
} from '@verger/tables';
import { checkRowsAgainstListing } from './check-rows.ts';
import { centroids, createProjector, fit } from './pca.ts';
import { comparePrecision, heldRows } from './precision.ts';
import type {
  BatchOutcome,
  ChildCalls,
  ChildKind,
  ChildRequest,
  ChildResponse,
  EncodedPartition,
  ImageOutcome,
  PickedRows,
} from './protocol.ts';
import { createComparer, labelNeighbours, nearPairs, sprite, thumbnails, versions } from './report-data.ts';
import { checkFeatureRange, pickFeatures, reuseRows } from './reuse.ts';

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
  checkFeatureRange(stored);
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

async function pick({ features: bytes, rows }: ChildCalls['pick']['request']): Promise<PickedRows> {
  const stored = await decodeFeatures(bytes);
  const paths = rows.map((row) => stored.paths[row] ?? '');
  return { paths, features: pickFeatures(stored, rows), numericClass: stored.metadata.numericClass };
}

type Answers = {
  [K in Exclude<ChildKind, 'measure'>]: (
    request: ChildCalls[K]['request'],
  ) => ChildCalls[K]['response'] | Promise<ChildCalls[K]['response']>;
};

/** Everything one child does. Between requests it keeps only the last PCA model, and the last labels. */
export function createAnswer(extractor: Extractor, arithmetic: Arithmetic) {
  const encoder = { extractor, arithmetic };
  const pixels: Pixels[] = [];
  const answers: Answers = {
    images: (request) => extractBatch(extractor, request, pixels),
    encode: (request) => encode(encoder, request),
    adopt: (request) => adopt(encoder, request),
    examine: async (request) => {
      const { features: _, sums: __, ...rest } = await adopt(encoder, request);
      return rest;
    },
    pick,
    held: heldRows,
    comparePrecision,
    reuse: reuseRows,
    numericClass: () => extractor.numericClass,
    quarantine: async ({ features, rowsDigest }) =>
      (await decodeFeatures(features, rowsDigest)).metadata.quarantined,
    fit,
    centroids,
    project: createProjector(arithmetic),
    compareRows: createComparer(),
    ...{ labelNeighbours, nearPairs, thumbnails, sprite },
    versions: () => ({ ...versions(), ...extractor.versions }),
    readProjection: ({ bytes, modelSha256 }) => decodeProjection(bytes, modelSha256),
  };
  return async (request: ChildRequest): Promise<ChildResponse> => {
    if (request.kind === 'measure')
      throw new VergerError('E_INTERNAL', {}, { detail: 'This child was not started to calibrate.' });
    const answer: (request: never) => ChildResponse | Promise<ChildResponse> = answers[request.kind];
    return await answer(request as never);
  };
}
