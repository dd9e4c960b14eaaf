import { z } from 'zod';
import { IMAGE_ERROR_CODES } from './errors/errors.ts';
import { leftOutSchema } from './left-out.ts';
import { extractionOptionsSchema, finishOptionsSchema, pcaOptionsSchema, RUN_NAME } from './options.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();

/** What a store's code may be in a record. */
export const STORE_CODE = /^[A-Za-z0-9]{1,64}$/;

/** Larger images are refused unread. */
export const MAX_IMAGE_BYTES = 64 * 1024 * 1024;

/** Numbers of one image that MobileNetV2 without its head gives. */
export const FEATURES = 1280;

/**
 * One line of `listing/part-N.jsonl`. `path` is relative to IMAGES, '/'-separated, and unique but for escaped
 * names. `version` is `etag:…` or `mtime:<nanoseconds>`. `refused` marks what was listed but must not be
 * opened.
 */
export const imageRefSchema = z.strictObject({
  path: z.string().min(1),
  label: z.string(),
  bytes: count,
  version: z.string(),
  refused: z.enum(IMAGE_ERROR_CODES).optional(),
});
/** A listed image. */
export type ImageRef = z.infer<typeof imageRefSchema>;

/** One line of `quarantine.jsonl`, and of the quarantine in a features file's metadata. `bytes` as listed. */
export const quarantinedSchema = z.strictObject({
  path: z.string(),
  label: z.string(),
  code: z.enum(IMAGE_ERROR_CODES),
  reason: z.string(),
  bytes: count,
  environmental: z.boolean(),
  /** The store's own code for why it did not give the image (`InvalidObjectState`). Absent: it gave none. */
  storeCode: z.string().regex(STORE_CODE).optional(),
});
/** An image without features, and why. */
export type Quarantined = z.infer<typeof quarantinedSchema>;

/** What makes features comparable: same fingerprint, same function from bytes to features. */
export const fingerprintSchema = z
  .strictObject({
    extractor: z.literal('mobilenetv2-1.0-224'),
    preprocessing: z.literal('rgb;pillow-bicubic-224;x/127.5-1'),
    features: z.literal(FEATURES),
    weightsSha256: hash,
    /** `imagenet` passed the probe; `custom` was declared so; `untrained` are the seeded ones of the demo. */
    weightsKind: z.enum(['imagenet', 'custom', 'untrained']),
    /** Absent: float32. */
    precision: z.literal('int8').optional(),
    /** With int8: sha256 of the bytes of `calibration.json`. */
    calibrationSha256: hash.optional(),
  })
  .refine(
    ({ precision, calibrationSha256 }) => (precision === undefined) === (calibrationSha256 === undefined),
    {
      message: 'int8 and its calibration go together',
    },
  );
/** What features depend on beside the image: network, weights, preprocessing. */
export type Fingerprint = z.infer<typeof fingerprintSchema>;

/** A partition in the manifest: counts, and the sha256 of its listing part. */
export const partitionSchema = z.strictObject({ images: count, bytes: count, sha256: hash });
/** One partition: images and listed bytes in it, sha256 of its listing part. */
export type Partition = z.infer<typeof partitionSchema>;

/** Shape of `GivenModel`. */
export const givenModelSchema = z.strictObject({ sha256: hash, runId: z.string().regex(RUN_NAME) });
/**
 * The PCA model that a transform applies: sha256 of its bytes (they are in `given-model.json`), and the run
 * that fitted it.
 */
export type GivenModel = z.infer<typeof givenModelSchema>;

/** `manifest.json`: frozen, create-only, the same bytes for the same listing, options and weights. */
export const manifestSchema = z.strictObject({
  format: z.literal('verger-manifest-1'),
  runId: z.string().regex(RUN_NAME),
  /**
   * sha256 of listing hash + fingerprint + extraction options + PCA options (+ `model`); the run id is its
   * first 12 characters.
   */
  identity: hash,
  /** Absolute folder or s3:// URL of IMAGES. */
  images: z.string().min(1),
  extraction: extractionOptionsSchema,
  pca: pcaOptionsSchema,
  /** Only of a transform: nothing is fitted, this model is applied, and `pca` is what it was fitted with. */
  model: givenModelSchema.optional(),
  fingerprint: fingerprintSchema,
  listing: z.strictObject({ sha256: hash, images: count, bytes: count, labels: count, refused: count }),
  partDigits: z.int().min(5).max(9),
  partitions: z.array(partitionSchema).min(1),
  selfHash: hash,
});
/** The plan of a run: frozen listing, options, fingerprint, partitions. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Shape of `WorkerRef`. */
export const workerSchema = z.strictObject({
  host: z.string(),
  pid: z.int(),
  name: z.string(),
  /** CPU model, as the system names it. Absent: not told. */
  cpu: z.string().optional(),
  /** The cloud's name for this kind of machine, such as `c7a.xlarge`. Absent: not told. */
  instanceType: z.string().optional(),
});
/** A process in the records of a run. */
export type WorkerRef = z.infer<typeof workerSchema>;

const reuseSchema = z.strictObject({
  /** The other run, as it was found then. */
  location: z.string().min(1),
  runId: z.string().regex(RUN_NAME),
  identity: hash,
  /** A refit: same listing, so every partition is taken whole and no image is read. */
  whole: z.boolean(),
});
/** Whose features an epoch may take. */
export type Reuse = z.infer<typeof reuseSchema>;

/** `epochs/0001.json`: one submission of a run to an executor. */
export const epochSchema = z.strictObject({
  format: z.literal('verger-epoch-1'),
  epoch: z.int().positive(),
  cause: z.enum(['run', 'resume', 'repair']),
  finish: finishOptionsSchema,
  reuse: reuseSchema.optional(),
  /** Only workers of the numeric class in `class.json` may extract. */
  strict: z.literal(true).optional(),
  /**
   * Of an epoch that workers do: the Redis server that has its jobs, without secrets. Absent: the process
   * `by` does it itself.
   */
  queue: z.string().min(1).optional(),
  /**
   * What the listing of this submission did not take. Absent: it did not list, or was of a release that did
   * not count.
   */
  leftOut: leftOutSchema.optional(),
  /** When the run should be done, ISO 8601 in UTC: what an autoscaler follows. Absent: nobody said. */
  deadline: z.iso.datetime().optional(),
  by: workerSchema,
  at: z.string(),
  selfHash: hash,
});
/** One submission of a run. */
export type Epoch = z.infer<typeof epochSchema>;

/** What an autoscaler decided for the workers, and why. */
export const scalingDecisionSchema = z.strictObject({
  at: z.iso.datetime(),
  /** vCPUs that were asked for before, and are from now on. */
  fromVcpus: count,
  vcpus: count,
  /** For a person: plain sentences with the figures. */
  reason: z.string().max(2000),
});
/** One decision of an autoscaler. */
export type ScalingDecisionRecord = z.infer<typeof scalingDecisionSchema>;

/** The most decisions that `scaling.json` holds: the newest. */
export const MOST_SCALING_DECISIONS = 200;

/**
 * `scaling.json`: what an autoscaler decided while the run was under way, the oldest first. Derived, replaced
 * with each decision; never among the promised files.
 */
export const scalingSchema = z.strictObject({
  format: z.literal('verger-scaling-1'),
  /** What it scales: the name of a group; null when it only tells. */
  group: z.string().nullable(),
  decisions: z.array(scalingDecisionSchema).max(MOST_SCALING_DECISIONS),
  selfHash: hash,
});
/** The decisions of an autoscaler while a run was under way (`scaling.json`). */
export type Scaling = z.infer<typeof scalingSchema>;

const storedFileSchema = z.strictObject({ sha256: hash, bytes: count });
/** sha256 and size of one file of a run. */
export type StoredFile = z.infer<typeof storedFileSchema>;

/** Milliseconds of one partition by step. */
export const stageTimingsSchema = z.strictObject({
  /** Milliseconds of reading images, summed over images. */
  readMs: z.number(),
  /** CPU-side decode and resize, summed over images. */
  decodeMs: z.number(),
  /** Inference, summed over images. */
  inferenceMs: z.number(),
  /** Parquet, digests and sums of the partition. */
  encodeMs: z.number(),
  /** Wall time of the partition in its epoch: all attempts, and the waits between them. */
  wallMs: z.number(),
});
/** Milliseconds of one partition by step. */
export type StageTimings = z.infer<typeof stageTimingsSchema>;

/**
 * `commits/part-N.json`, written last: the partition's files count from here on. listed = extracted +
 * quarantined.
 */
export const commitSchema = z.strictObject({
  format: z.literal('verger-commit-1'),
  runIdentity: hash,
  partition: count,
  rowsDigest: hash,
  features: storedFileSchema,
  sums: storedFileSchema,
  listed: count,
  extracted: count,
  quarantined: z.partialRecord(z.enum(IMAGE_ERROR_CODES), count),
  numericClass: z.string(),
  adopted: z.boolean(),
  /**
   * Of `extracted`: images whose features were taken from another run (`run --reuse`, `refit`). Absent: none
   * that is known of.
   */
  reused: count.optional(),
  epoch: z.int().positive(),
  attempt: z.int().positive(),
  worker: workerSchema,
  at: z.string(),
  timings: stageTimingsSchema,
  selfHash: hash,
});
/** The record that makes a partition count. */
export type Commit = z.infer<typeof commitSchema>;

/** `failures/….json`: why one attempt failed; the last attempts are counted from these. */
export const failureSchema = z.strictObject({
  format: z.literal('verger-failure-1'),
  kind: z.enum(['extract', 'reduce', 'project', 'finish']),
  partition: count.nullable(),
  epoch: z.int().positive(),
  attempt: z.int().positive(),
  code: z.string(),
  reason: z.string(),
  next: z.string(),
  path: z.string().nullable(),
  permanent: z.boolean(),
  worker: workerSchema,
  at: z.string(),
  selfHash: hash,
});
/** The record of a failed attempt. */
export type Failure = z.infer<typeof failureSchema>;

/** `class.json`: the numeric class of the first worker of a run with --strict. Create-only. */
export const classRecordSchema = z.strictObject({
  format: z.literal('verger-class-1'),
  runIdentity: hash,
  numericClass: z.string().min(1),
  worker: workerSchema,
  at: z.string(),
  selfHash: hash,
});
/** The numeric class of a strict run. */
export type ClassRecord = z.infer<typeof classRecordSchema>;

/** `control/cancelled-0001.json`: who cancelled an epoch, and when. */
export const cancelMarkSchema = z.strictObject({ by: workerSchema, at: z.string(), selfHash: hash });
/** The record that an epoch was cancelled. */
export type CancelMark = z.infer<typeof cancelMarkSchema>;

/**
 * `pca/model.json`. `components` is row-major [k][1280]; `explainedVariance` and its ratio hold all min(n -
 * 1, 1280) values; `scale` is all 1 unless standardised. Doubles are printed shortest-round-trip, so the file
 * is exact.
 */
export const pcaModelSchema = z.strictObject({
  format: z.literal('verger-pca-1'),
  k: z.int().positive(),
  count: z.int().positive(),
  mean: z.array(z.number()),
  scale: z.array(z.number()),
  components: z.array(z.array(z.number())),
  explainedVariance: z.array(z.number()),
  explainedVarianceRatio: z.array(z.number()),
  totalVariance: z.number(),
  /** sha256 of the merged sums: same features, same digest. */
  sumsDigest: hash,
  options: pcaOptionsSchema,
});
/** A fitted PCA model (`pca/model.json`). */
export type PcaModel = z.infer<typeof pcaModelSchema>;

/**
 * `pca/labels.json`: the mean projection of each label (k numbers, in the model's convention), by byte order
 * of the label.
 */
export const labelCentroidsSchema = z.strictObject({
  format: z.literal('verger-labels-1'),
  /** True when the run has more labels than are kept (4,096). */
  truncated: z.boolean(),
  labels: z.array(
    z.strictObject({ label: z.string(), count: z.int().positive(), centroid: z.array(z.number()) }),
  ),
});
/** The mean projection of each label (`pca/labels.json`). */
export type LabelCentroids = z.infer<typeof labelCentroidsSchema>;

/** `_SUCCESS`: the run is finished. `files` maps run-relative names of the data files to their hashes. */
export const successSchema = z.strictObject({
  format: z.literal('verger-success-1'),
  verdict: z.enum(['ok', 'too-many-bad']),
  epoch: z.int().positive(),
  listed: count,
  extracted: count,
  quarantined: count,
  k: z.int().positive().nullable(),
  files: z.record(z.string(), storedFileSchema),
  selfHash: hash,
});
/** The record of a finished run (`_SUCCESS`). */
export type Success = z.infer<typeof successSchema>;
