import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type DecodeLimits,
  type DecodeResult,
  type Extractor,
  FEATURES,
  type ImageRef,
  type PcaModel,
  sha256,
  VergerError,
} from '@verger/core';
import { plainIntegerGram } from '@verger/pca';
import { computeRowsDigest, decodeFeatures, decodeSums, encodeFeatures } from '@verger/tables';
import { FINGERPRINT, featureRows, quarantinedImage } from '@verger/testkit/rows';
import { PCA } from '@verger/testkit/run-harness';
import { arithmeticOf, createAnswer } from './answer.ts';
import type { BatchOutcome, ChildCalls, ChildKind, EncodedPartition } from './protocol.ts';

const OWN_CLASS = 'this machine';

/** By the first byte: 0 cannot be decoded, 1 gives NaN, any other gives itself as every feature. */
function engine(log: string[] = [], waitMs = 0): Extractor {
  return {
    fingerprint: FINGERPRINT,
    numericClass: OWN_CLASS,
    decode: async (bytes, into, limits): Promise<DecodeResult> => {
      log.push(`decode ${bytes[0]} into ${into?.[0] ?? 'new'} within ${limits?.maxPixels ?? 'defaults'}`);
      for (const start = performance.now(); performance.now() - start < waitMs; );
      return bytes[0] === 0 ? { ok: false, code: 'E_IMG_DECODE' } : { ok: true, pixels: bytes };
    },
    infer: async (pixels) => {
      log.push(`infer ${pixels[0]}`);
      return new Float32Array(FEATURES).fill(pixels[0] === 1 ? Number.NaN : pixels[0]!);
    },
    close: async () => {},
  };
}

/** A child on that engine, with the answer of each kind typed. */
function child(extractor = engine()) {
  const work = createAnswer(extractor, arithmeticOf(plainIntegerGram));
  return async <K extends ChildKind>(kind: K, request: ChildCalls[K]['request']) =>
    (await work({ kind, ...request } as never)) as ChildCalls[K]['response'];
}

const image = (what: number) => Uint8Array.of(what);

/** Rows of a partition with one image in quarantine, and its listing. */
function partition(count: number) {
  const bad = quarantinedImage('zz/bad.jpg');
  const rows = { ...featureRows(count), quarantined: [bad] };
  const good = rows.paths.map((path, row) => ({ path, label: rows.labels[row]!, bytes: 9, version: '' }));
  const listing: ImageRef[] = [...good, { path: bad.path, label: bad.label, bytes: bad.bytes, version: '' }];
  return { rows, listing };
}

/** A stored features file of those rows, otherwise than this child seals it where `other` says so. */
function stored(rows: ReturnType<typeof partition>['rows'], other: Partial<typeof FINGERPRINT> = {}) {
  const fingerprint = { ...FINGERPRINT, ...other };
  const { quarantined } = rows;
  const listed = rows.paths.length + quarantined.length;
  return encodeFeatures(rows, { fingerprint, numericClass: 'another machine', listed, quarantined });
}

/** What is said of the files, without their megabytes: a difference would take a minute to print. */
const recordOf = ({ features: _, sums: __, ...record }: EncodedPartition) => record;

const fileOf = (bytes: Uint8Array) => ({ sha256: sha256(bytes), bytes: bytes.length });
const corrupt = (path?: string) => (error: unknown) =>
  error instanceof VergerError && error.code === 'E_PART_CORRUPT' && error.place.path === path;

test('a batch is decoded before it is inferred, and each outcome is at its image’s place', async () => {
  const log: string[] = [];
  const answer = await child(engine(log))('images', { images: [image(2), image(0), image(1), image(3)] });
  const { outcomes } = answer;
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.ok ? outcome.features[FEATURES - 1] : outcome.code)),
    [2, 'E_IMG_DECODE', 'E_IMG_FEATURES', 3],
  );
  assert.deepEqual(
    log.map((line) => line.split(' into')[0]),
    ['decode 2', 'decode 0', 'decode 1', 'decode 3', 'infer 2', 'infer 1', 'infer 3'],
  );
});

test('an empty batch has no outcome', async () => {
  assert.deepEqual((await child()('images', { images: [] })).outcomes, []);
});

test('the limits of the run are those of each decoding', async () => {
  const log: string[] = [];
  const limits: DecodeLimits = { maxPixels: 7 };
  await child(engine(log))('images', { images: [image(2), image(3)], limits });
  assert.deepEqual(log.slice(0, 2), ['decode 2 into new within 7', 'decode 3 into new within 7']);
});

test('the next batch decodes into the pixels of the last one, also after a bad image', async () => {
  const log: string[] = [];
  const ask = child(engine(log));
  for (const images of [[image(2), image(3)], [image(0), image(4)], [image(5)]])
    await ask('images', { images });
  assert.deepEqual(
    log.filter((line) => line.startsWith('decode')),
    [
      'decode 2 into new within defaults',
      'decode 3 into new within defaults',
      'decode 0 into 2 within defaults',
      'decode 4 into 3 within defaults',
      'decode 5 into 2 within defaults',
    ],
  );
});

test('the time of decoding is apart from that of inference', async () => {
  const answer: BatchOutcome = await child(engine([], 4))('images', { images: [image(2), image(3)] });
  assert.ok(answer.decodeMs >= 8, `${answer.decodeMs}`);
  assert.ok(answer.inferenceMs > 0 && answer.inferenceMs < answer.decodeMs, `${answer.inferenceMs}`);
});

for (const count of [0, 1, 5]) {
  test(`${count} rows are encoded: the files hold them, and the record says what the files are`, async () => {
    const { rows, listing } = partition(count);
    const ask = child();
    const encoded = await ask('encode', { rows });
    const features = encoded.features as Uint8Array;
    const { metadata, ...read } = await decodeFeatures(features);
    const { quarantined, ...plain } = rows;
    const rowsDigest = computeRowsDigest(rows, quarantined);
    assert.deepEqual(read, plain);
    assert.deepEqual(metadata, {
      ...{ fingerprint: FINGERPRINT, numericClass: OWN_CLASS, listed: count + 1, quarantined, rowsDigest },
    });
    const record = {
      ...{ featuresFile: fileOf(features), sumsFile: fileOf(encoded.sums) },
      ...{ rowsDigest, extracted: count, quarantined, numericClass: OWN_CLASS },
    };
    assert.deepEqual(recordOf(encoded), record);
    const sums = decodeSums(encoded.sums);
    assert.equal(sums.count, count);
    assert.equal(sums.width, FEATURES);

    const adopted = await ask('adopt', { features, listing });
    assert.deepEqual(recordOf(adopted), record, 'adopted, it is the same partition');
    assert.deepEqual([adopted.features, sha256(adopted.sums)], [undefined, sha256(encoded.sums)]);
    const examined = await ask('examine', { features, listing });
    assert.deepEqual(Object.keys(examined).sort(), Object.keys(record).sort(), 'no bytes come back');
    assert.deepEqual(examined, record);
  });
}

test('features that another machine computed keep that machine’s numeric class', async () => {
  const { rows, listing } = partition(2);
  const adopted = await child()('adopt', { features: stored(rows), listing });
  assert.equal(adopted.numericClass, 'another machine');
});

/** Files that are whole in themselves or not, and that no child may take. */
const { rows: GOOD, listing: LISTING } = partition(2);
const changed = (change: (features: Float32Array) => void) => {
  const features = GOOD.features.slice();
  change(features);
  return stored({ ...GOOD, features });
};
const flipped = () => {
  const bytes = stored(GOOD);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  return bytes;
};
const REFUSED: Readonly<Record<string, { features: Uint8Array; listing?: ImageRef[]; path?: string }>> = {
  'a bit is flipped': { features: flipped() },
  'it is of other weights': { features: stored(GOOD, { weightsSha256: 'cd'.repeat(32) }) },
  'a feature is negative': { features: changed((features) => features.set([-0.5], FEATURES)) },
  'a feature is 8': { features: changed((features) => features.set([8], 2 * FEATURES - 1)) },
  'a feature is no number': { features: changed((features) => features.set([Number.NaN], 0)) },
  'an image of the listing is not in it': {
    features: stored(GOOD),
    listing: [{ path: 'first.jpg', label: '', bytes: 1, version: '' }, ...LISTING],
    path: 'first.jpg',
  },
  'the listing has not its first row': {
    features: stored(GOOD),
    listing: LISTING.slice(1),
    path: LISTING[1]!.path,
  },
};

for (const [what, { features, listing = LISTING, path }] of Object.entries(REFUSED)) {
  test(`a features file is neither adopted nor examined where ${what}`, async () => {
    const ask = child();
    await assert.rejects(ask('adopt', { features, listing }), corrupt(path));
    await assert.rejects(ask('examine', { features, listing }), corrupt(path));
  });
}

test('where the listing part is lost, rows are not held against it', async () => {
  const answer = await child()('examine', { features: stored(GOOD), listing: null });
  assert.equal(answer.extracted, 2);
  assert.deepEqual(answer.quarantined, GOOD.quarantined);
});

test('rows are picked in the order in which they are asked for', async () => {
  const { rows } = partition(5);
  const picked = await child()('pick', { features: stored(rows), rows: [4, 0] });
  const at = (row: number) => rows.features.subarray(row * FEATURES, (row + 1) * FEATURES);
  assert.deepEqual(picked.paths, [rows.paths[4], rows.paths[0]]);
  assert.deepEqual(picked.features, Float32Array.from([...at(4), ...at(0)]));
  assert.equal(picked.numericClass, 'another machine');
  const none = await child()('pick', { features: stored(rows), rows: [] });
  assert.deepEqual([none.paths.length, none.features.length], [0, 0]);
});

test('reused features are those of the wanted images; for a quarantined one, its code', async () => {
  const { rows, listing } = partition(3);
  const features = stored(rows);
  const rowsDigest = computeRowsDigest(rows, rows.quarantined);
  const reused = await child()('reuse', { features, rowsDigest, listing, wanted: [3, 2] });
  assert.deepEqual(reused.found, ['E_IMG_TRUNCATED', null]);
  assert.deepEqual(reused.features, rows.features.slice(2 * FEATURES));
});

test('the numeric class is that of the extractor', async () => {
  assert.equal(await child()('numericClass', {}), OWN_CLASS);
});

test('the versions are those of this process, and of what the extractor computes with', async () => {
  const { tfjs, verger, ...others } = await child({ ...engine(), versions: { tfjs: '4.22.0' } })(
    'versions',
    {},
  );
  assert.equal(tfjs, '4.22.0');
  assert.ok(verger !== undefined && 'sharp' in others);
});

test('the quarantine is told of committed features only', async () => {
  const features = stored(GOOD);
  const rowsDigest = computeRowsDigest(GOOD, GOOD.quarantined);
  assert.deepEqual(await child()('quarantine', { features, rowsDigest }), GOOD.quarantined);
  await assert.rejects(child()('quarantine', { features, rowsDigest: '0'.repeat(64) }), corrupt());
});

/** A model whose components are the features at these places. */
function modelOf(places: readonly number[]): { bytes: Uint8Array; sha256: string } {
  const unit = (place: number) => Array.from({ length: FEATURES }, (_, at) => (at === place ? 1 : 0));
  const model: PcaModel = {
    ...{ format: 'verger-pca-1', k: places.length, count: 9, options: PCA, sumsDigest: 'ab'.repeat(32) },
    ...{ mean: unit(-1), scale: unit(-1).fill(1), components: places.map(unit) },
    ...{ explainedVariance: [2, 1], explainedVarianceRatio: [0.6, 0.3], totalVariance: 3.3 },
  };
  const bytes = Buffer.from(`${JSON.stringify(model)}\n`);
  return { bytes, sha256: sha256(bytes) };
}

test('a model is asked for once, kept, and replaced by the next one', async () => {
  const ask = child();
  const features = stored(GOOD);
  const rowsDigest = computeRowsDigest(GOOD, GOOD.quarantined);
  const project = async (model: ReturnType<typeof modelOf>, sent: boolean) => {
    const named = { modelSha256: model.sha256, model: sent ? model.bytes : undefined };
    const answer = await ask('project', { features, rowsDigest, ...named });
    if (answer === 'need-model') return answer;
    const read = await ask('readProjection', { bytes: answer.projection, modelSha256: model.sha256 });
    assert.deepEqual(read.paths, GOOD.paths);
    assert.deepEqual(read.labels, GOOD.labels);
    return [...read.projection];
  };
  const at = (...places: number[]) => places.map((place) => GOOD.features[place]);
  const [first, second] = [modelOf([0]), modelOf([1, 2])];
  assert.equal(await project(first, false), 'need-model');
  assert.deepEqual(await project(first, true), at(0, FEATURES));
  assert.deepEqual(await project(first, false), at(0, FEATURES), 'it is kept');
  assert.equal(await project(second, false), 'need-model');
  assert.deepEqual(await project(second, true), at(1, 2, FEATURES + 1, FEATURES + 2));
  assert.equal(await project(first, false), 'need-model', 'only the last one is kept');
});

test('only committed features are projected, and a projection is read only for its model', async () => {
  const ask = child();
  const features = stored(GOOD);
  const { bytes: model, sha256: modelSha256 } = modelOf([3]);
  const asked = { features, modelSha256, model };
  await assert.rejects(ask('project', { ...asked, rowsDigest: '0'.repeat(64) }), corrupt());
  const rowsDigest = computeRowsDigest(GOOD, GOOD.quarantined);
  const answer = await ask('project', { ...asked, rowsDigest });
  assert.ok(answer !== 'need-model');
  const other = modelOf([4]).sha256;
  await assert.rejects(ask('readProjection', { bytes: answer.projection, modelSha256: other }), corrupt());
});
