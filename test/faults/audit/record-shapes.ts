import {
  bool,
  count,
  hash,
  is,
  list,
  nullable,
  number,
  oneOf,
  positive,
  record,
  table,
  text,
  time,
  whole,
  word,
} from './shape.ts';

const worker = record({ host: text, pid: positive, name: text, cpu: text, instanceType: text }, [
  'cpu',
  'instanceType',
]);
const storedFile = record({ sha256: hash, bytes: count });

const pcaOptions = record({
  variance: nullable(number),
  components: nullable(positive),
  standardise: bool,
  sparkCompatible: bool,
});

const fingerprint = record(
  {
    extractor: is('mobilenetv2-1.0-224'),
    preprocessing: is('rgb;pillow-bicubic-224;x/127.5-1'),
    features: is(1280),
    weightsSha256: hash,
    weightsKind: oneOf('imagenet', 'custom', 'untrained'),
    precision: is('int8'),
    calibrationSha256: hash,
  },
  ['precision', 'calibrationSha256'],
);

/** `calibration.json` */
export const calibrationShape = record({
  format: is('verger-calibration-1'),
  weightsSha256: hash,
  images: list(text),
  ranges: list(record({ tensor: text, min: number, max: number, means: list(number) })),
  held: list(record({ row: count, path: text, bytes: count })),
  heldFeatures: text,
});

/** What one precision gives on the held images. */
const figures = record({ k: count, cumulative: list(number), accuracy: nullable(number) });

/** The PCA model that a transform applies. */
const givenModel = record({ sha256: hash, runId: text });

/** What a listing left out. */
const leftOut = record(
  {
    endings: table(positive),
    ...{ otherEndings: count, noEnding: count, hiddenFiles: count, hiddenFolders: count },
    ...{ hiddenFolderFiles: count, linkedFolders: count, linkLoops: count, linkRepeats: count },
    ...{ linksOut: count, linksToNothing: count, partial: is(true) },
  },
  ['partial'],
);

/** `manifest.json` */
export const manifestShape = record(
  {
    format: is('verger-manifest-1'),
    runId: text,
    identity: hash,
    images: text,
    extraction: record(
      {
        glob: list(text),
        label: text,
        limit: nullable(positive),
        sample: nullable(number),
        seed: count,
        partitions: nullable(positive),
        partitionSize: nullable(positive),
        followLinks: is(true),
        maxPixels: positive,
        formats: list(oneOf('avif', 'tiff')),
      },
      ['followLinks', 'maxPixels', 'formats'],
    ),
    pca: pcaOptions,
    fingerprint,
    listing: record({ sha256: hash, images: positive, bytes: count, labels: positive, refused: count }),
    partDigits: positive,
    partitions: list(record({ images: positive, bytes: count, sha256: hash })),
    model: givenModel,
    selfHash: hash,
  },
  ['model'],
);

/** One line of a listing part. */
export const imageShape = record({ path: text, label: text, bytes: count, version: text, refused: text }, [
  'refused',
]);

/** One line of `quarantine.jsonl`. */
export const quarantinedShape = record(
  {
    path: text,
    label: text,
    code: text,
    reason: text,
    bytes: count,
    environmental: bool,
    storeCode: word,
  },
  ['storeCode'],
);

const finish = record(
  {
    ...{ csv: bool, withImages: bool, csvRaw: bool, csvBom: is(true), htmlReport: is(false) },
    maxBad: number,
  },
  ['csvBom', 'htmlReport'],
);

const reuse = record({ location: text, runId: text, identity: hash, whole: bool });

/** `epochs/0001.json` */
export const epochShape = record(
  {
    format: is('verger-epoch-1'),
    epoch: positive,
    cause: oneOf('run', 'resume', 'repair'),
    finish,
    reuse,
    strict: is(true),
    queue: text,
    leftOut,
    deadline: time,
    by: worker,
    at: time,
    selfHash: hash,
  },
  ['reuse', 'strict', 'queue', 'leftOut', 'deadline'],
);

/** `class.json` */
export const classShape = record({
  format: is('verger-class-1'),
  runIdentity: hash,
  numericClass: text,
  worker,
  at: time,
  selfHash: hash,
});

/** `control/cancelled-0001.json` */
export const cancelShape = record({ by: worker, at: time, selfHash: hash });

/** `commits/part-00000.json` */
export const commitShape = record(
  {
    format: is('verger-commit-1'),
    runIdentity: hash,
    partition: count,
    rowsDigest: hash,
    features: storedFile,
    sums: storedFile,
    listed: count,
    extracted: count,
    reused: count,
    quarantined: table(positive),
    numericClass: text,
    adopted: bool,
    epoch: positive,
    attempt: positive,
    worker,
    at: time,
    timings: record({
      readMs: number,
      decodeMs: number,
      inferenceMs: number,
      encodeMs: number,
      wallMs: number,
    }),
    selfHash: hash,
  },
  ['reused'],
);

/** `failures/….json` */
export const failureShape = record({
  format: is('verger-failure-1'),
  kind: oneOf('extract', 'reduce', 'project', 'finish'),
  partition: nullable(count),
  epoch: positive,
  attempt: positive,
  code: text,
  reason: text,
  next: text,
  path: nullable(text),
  permanent: bool,
  worker,
  at: time,
  selfHash: hash,
});

/** `pca/model.json` */
export const modelShape = record({
  format: is('verger-pca-1'),
  k: positive,
  count: positive,
  mean: list(number),
  scale: list(number),
  components: list(list(number)),
  explainedVariance: list(number),
  explainedVarianceRatio: list(number),
  totalVariance: number,
  sumsDigest: hash,
  options: pcaOptions,
});

/** `pca/labels.json` */
export const labelsShape = record({
  format: is('verger-labels-1'),
  truncated: bool,
  labels: list(record({ label: text, count: positive, centroid: list(number) })),
});

/** `_SUCCESS` */
export const successShape = record({
  format: is('verger-success-1'),
  verdict: oneOf('ok', 'too-many-bad'),
  epoch: positive,
  listed: count,
  extracted: count,
  quarantined: count,
  k: nullable(positive),
  files: table(storedFile),
  selfHash: hash,
});

/** `report.json` */
export const reportShape = record(
  {
    format: is('verger-report-1'),
    runId: text,
    images: text,
    verdict: oneOf('ok', 'too-many-bad'),
    listed: count,
    extracted: count,
    quarantined: count,
    partitions: count,
    reused: count,
    leftOut,
    model: givenModel,
    epochs: positive,
    fingerprint,
    precisionComparison: record({
      images: positive,
      cosine: record({ median: number, percentile1: number, least: number }),
      float32: figures,
      int8: figures,
    }),
    numericClasses: list(record({ numericClass: text, partitions: positive })),
    pca: nullable(record({ k: positive, options: pcaOptions, cumulative: list(number) })),
    labels: list(record({ label: text, count: positive })),
    labelsTruncated: bool,
    nearest: list(record({ label: text, nearest: text, distance: number })),
    quarantine: list(
      record(
        {
          code: text,
          reason: text,
          next: text,
          count: positive,
          examples: list(text),
          storeCodes: table(positive),
        },
        ['storeCodes'],
      ),
    ),
    workers: list(record({ type: text, workers: positive, images: count, seconds: number })),
    stages: record({
      extract: record({
        wallMs: number,
        imagesPerSecond: number,
        readMs: number,
        decodeMs: number,
        inferenceMs: number,
        encodeMs: number,
      }),
      reduceMs: nullable(count),
      projectMs: nullable(count),
    }),
  },
  ['model', 'leftOut', 'workers', 'precisionComparison'],
);

/** `scaling.json` */
export const scalingShape = record({
  format: is('verger-scaling-1'),
  group: nullable(text),
  decisions: list(record({ at: time, fromVcpus: count, vcpus: count, reason: text })),
  selfHash: hash,
});

/** `timeline.json` */
export const timelineShape = record(
  {
    format: is('verger-timeline-1'),
    runIdentity: hash,
    epoch: positive,
    originMs: whole,
    workers: list(worker),
    partitions: record({
      ...{ worker: list(count), epoch: list(positive), attempt: list(positive), endMs: list(whole) },
      ...{ wallMs: list(count), extracted: list(count), quarantined: list(count), reused: list(count) },
      ...{ readMs: list(count), decodeMs: list(count), inferenceMs: list(count), encodeMs: list(count) },
    }),
    codes: list(record({ partition: count, counts: table(positive) })),
    failures: list(
      record({
        kind: oneOf('extract', 'reduce', 'project', 'finish'),
        partition: nullable(count),
        ...{ epoch: positive, attempt: positive, code: text, permanent: bool, worker: count, atMs: whole },
      }),
    ),
    ...{ failuresLeftOut: positive, failuresUnread: is(true), cutShort: positive },
    finishedMs: whole,
    selfHash: hash,
  },
  ['failuresLeftOut', 'failuresUnread', 'cutShort', 'finishedMs'],
);
