import { type Extractor, FEATURES, sha256 } from '@verger/core';
import { addRows, emptySums, plainIntegerGram, prepareProjection } from '@verger/pca';
import type { Children } from '@verger/stages';
import {
  computeRowsDigest,
  decodeFeatures,
  encodeFeatures,
  encodeProjection,
  encodeSums,
} from '@verger/tables';
import type { OwnChildren } from '@verger/testkit/cluster-in-process';
import { FINGERPRINT } from '@verger/testkit/rows';
import { arithmeticOf, createAnswer } from '../../packages/stages/src/child/answer.ts';
import type { ChildCalls, ChildKind, ChildRequest } from '../../packages/stages/src/child/protocol.ts';

/** Numbers of an image that are not 0, and the width of sums and model. */
export const WIDTH = 8;
const CLASS = 'narrow';

/** The first 8 of each row of 1,280. */
function narrowed(features: Float32Array): Float32Array {
  const rows = features.length / FEATURES;
  const narrow = new Float32Array(rows * WIDTH);
  for (let row = 0; row < rows; row += 1) {
    narrow.set(features.subarray(row * FEATURES, row * FEATURES + WIDTH), row * WIDTH);
  }
  return narrow;
}

const stored = (bytes: Uint8Array) => ({ sha256: sha256(bytes), bytes: bytes.byteLength });

/** 8 numbers in [0, 6] from the hash of the bytes, whatever they are. */
const extractor: Extractor = {
  fingerprint: FINGERPRINT,
  numericClass: CLASS,
  decode: async (pixels) => ({ ok: true, pixels }),
  infer: async (pixels) => {
    const digest = Buffer.from(sha256(pixels), 'hex');
    return Float32Array.from({ length: WIDTH }, (_, at) => (digest[at]! / 255) * 6);
  },
  close: async () => {},
};

async function encode({ rows }: ChildCalls['encode']['request']): Promise<ChildCalls['encode']['response']> {
  const { quarantined, labels } = rows;
  const listed = rows.paths.length + quarantined.length;
  const features = encodeFeatures(rows, {
    fingerprint: FINGERPRINT,
    numericClass: CLASS,
    listed,
    quarantined,
  });
  return {
    ...{ features, featuresFile: stored(features) },
    ...(await narrowSums(rows.features, labels)),
    rowsDigest: computeRowsDigest(rows, quarantined),
    ...{ extracted: rows.paths.length, quarantined, numericClass: CLASS },
  };
}

async function narrowSums(features: Float32Array, labels: readonly string[]) {
  const sums = emptySums(WIDTH);
  await addRows(sums, { features: narrowed(features), labels }, plainIntegerGram);
  const bytes = encodeSums(sums);
  return { sums: bytes, sumsFile: stored(bytes) };
}

async function adopt({ features }: ChildCalls['adopt']['request']): Promise<ChildCalls['adopt']['response']> {
  const { paths, labels, features: values, metadata } = await decodeFeatures(features);
  const { rowsDigest, quarantined, numericClass } = metadata;
  return {
    ...{ features: undefined, featuresFile: stored(features), ...(await narrowSums(values, labels)) },
    ...{ rowsDigest, extracted: paths.length, quarantined, numericClass },
  };
}

function projector() {
  let known: { sha256: string; project: ReturnType<typeof prepareProjection>; k: number } | undefined;
  return async (request: ChildCalls['project']['request']): Promise<ChildCalls['project']['response']> => {
    const { features: bytes, modelSha256, model } = request;
    if (known?.sha256 !== modelSha256) {
      if (model === undefined) return 'need-model';
      const parsed = JSON.parse(Buffer.from(model).toString('utf8'));
      known = { sha256: modelSha256, project: prepareProjection(parsed), k: parsed.k };
    }
    const { project, k } = known;
    const { paths, labels, features } = await decodeFeatures(bytes);
    const projection = project(narrowed(features), paths.length);
    return { projection: encodeProjection({ paths, labels, projection, k }, { modelSha256 }) };
  };
}

/**
 * Children in this process with an extractor of width 8: what they answer is made by the real code (features
 * file, sums, fit, projection), but sums and model are 8 wide, so that a run of 20,000 partitions shows what
 * everything around the numbers costs. A features file keeps its 1,280 columns, 0 beyond the eighth.
 */
export function narrowChildren(): OwnChildren {
  const work = createAnswer(extractor, arithmeticOf(plainIntegerGram));
  const project = projector();
  const answer = async (kind: ChildKind, request: object): Promise<unknown> => {
    if (kind === 'encode') return await encode(request as ChildCalls['encode']['request']);
    if (kind === 'adopt') return await adopt(request as ChildCalls['adopt']['request']);
    if (kind === 'project') return await project(request as ChildCalls['project']['request']);
    return await work({ kind, ...request } as ChildRequest);
  };
  const call = answer as Children['call'];
  return { processes: 1, call, release: () => {} };
}
