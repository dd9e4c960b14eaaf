import { z } from 'zod';
import { proxyOptionsSchema } from './proxy.ts';

/** Formats that are opened only when a run asks for them, in the order in which a manifest lists them. */
export const EXTRA_FORMATS = ['avif', 'tiff'] as const;
/** An image format that is read only on request. */
export type ExtraFormat = (typeof EXTRA_FORMATS)[number];

/** How exactly the network computes: `int8` is its quantised graph, which needs a calibration. */
export const PRECISIONS = ['float32', 'int8'] as const;
/** How exactly the network computes. */
export type Precision = (typeof PRECISIONS)[number];

/** How many images are calibrated on by default. */
export const DEFAULT_CALIBRATION_IMAGES = 64;
/** Most images that a calibration is measured on. */
export const MAX_CALIBRATION_IMAGES = 10_000;

/** Images of more pixels are refused before they are decoded, unless `maxPixels` says otherwise. */
export const DEFAULT_MAX_PIXELS = 50_000_000;
/** The most that `maxPixels` may say: 2^28, about what sharp itself takes. */
export const MOST_MAX_PIXELS = 268_435_456;

/**
 * Options that decide which images a run holds and how they are cut into partitions. Part of the run id.
 * `label` is `parent`, `none`, `regex:<expression>` or `csv:<sha256 of the file>`.
 */
export const extractionOptionsSchema = z.strictObject({
  glob: z.array(z.string().min(1)),
  label: z.string().min(1),
  limit: z.int().positive().nullable(),
  sample: z.number().gt(0).max(1).nullable(),
  seed: z.int().nonnegative(),
  partitions: z.int().positive().max(1_000_000).nullable(),
  partitionSize: z.int().positive().nullable(),
  /**
   * Symbolic links are followed. Absent unless it was asked for, so that the ids of other runs are what they
   * were.
   */
  followLinks: z.literal(true).optional(),
  /** Absent unless it was given: `DEFAULT_MAX_PIXELS`. */
  maxPixels: z.int().positive().max(MOST_MAX_PIXELS).optional(),
  /** Absent unless some were given: none. Sorted, each once. */
  formats: z.array(z.enum(EXTRA_FORMATS)).min(1).optional(),
});
/** Which images are extracted, and how they are cut into partitions. Part of the run id. */
export type ExtractionOptions = z.infer<typeof extractionOptionsSchema>;

/** Options of the fit. Part of the run id. Exactly one of `variance` and `components` is not null. */
export const pcaOptionsSchema = z
  .strictObject({
    variance: z.number().gt(0).max(1).nullable(),
    components: z.int().positive().max(1280).nullable(),
    standardise: z.boolean(),
    sparkCompatible: z.boolean(),
  })
  .refine((pca) => (pca.variance === null) !== (pca.components === null), {
    message: 'give either a variance or a number of components',
  });
/** How components are chosen and rows are scaled. Part of the run id. */
export type PcaOptions = z.infer<typeof pcaOptionsSchema>;

/** What an epoch asks of the finish step. Not part of the run id: it changes no features and no model. */
export const finishOptionsSchema = z.strictObject({
  csv: z.boolean(),
  withImages: z.boolean(),
  csvRaw: z.boolean(),
  /** The CSV begins with the UTF-8 byte order mark. Absent: it does not. */
  csvBom: z.literal(true).optional(),
  /** No `report.html` is made. Absent: one is. */
  htmlReport: z.literal(false).optional(),
  /** Largest share of the listing that may be in quarantine before the verdict is `too-many-bad`. */
  maxBad: z.number().min(0).max(1),
});
/** What the finish stage writes, and how many bad images it accepts. */
export type FinishOptions = z.infer<typeof finishOptionsSchema>;

/** A run's name: also that of its folder. */
export const RUN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A cloud's name for a kind of machine, such as `c7a.xlarge`. */
export const INSTANCE_TYPE = /^[a-z0-9][a-z0-9-]{0,20}(\.[a-z0-9-]{1,20})?$/;

/** How S3 is reached. Credentials, and most regions, come by AWS' own names and files. */
export const s3OptionsSchema = z.strictObject({
  /** Null for AWS. */
  endpoint: z.url({ protocol: /^https?$/ }).nullable(),
  /** The bucket is in the path, not in the host name. */
  pathStyle: z.boolean(),
  /** Null: as the SDK finds it. */
  region: z.string().min(1).nullable(),
  /** Who asks pays for requests and transfer: every call says so. */
  requesterPays: z.boolean().optional(),
  proxies: proxyOptionsSchema.optional(),
  /** AWS profile whose credentials count, before those of variables. Absent: as the SDK finds them. */
  profile: z.string().min(1).optional(),
});
/** How S3 is reached. */
export type S3Options = z.infer<typeof s3OptionsSchema>;

/** What can compute the network; the first one is the default. */
export const ENGINES = ['onnxruntime', 'tfjs', 'tfjs-node'] as const;
/** The name of an engine. */
export type EngineName = (typeof ENGINES)[number];

/** Which engine computes the network of a process. */
export interface EngineChoice {
  /** Default onnxruntime. */
  readonly engine?: EngineName | undefined;
  /** Folder in whose `node_modules` tfjs-node is; beside verger where it is absent or null. */
  readonly tfjsNode?: string | null | undefined;
}

/** Options of this process only. Never part of the run id, never in a run's files. */
export const operationalOptionsSchema = z.strictObject({
  output: z.string().min(1),
  name: z.string().regex(RUN_NAME, 'letters, digits, ".", "_" and "-", at most 64').nullable(),
  processes: z.int().positive().max(1024),
  childMemoryBytes: z.int().positive(),
  imageCpuSeconds: z.int().positive().max(86_400),
  engine: z.enum(ENGINES),
  /** The folder whose `node_modules` has tfjs-node; null: it is beside verger. */
  tfjsNode: z.string().min(1).nullable(),
  weights: z.string().min(1).nullable(),
  customWeights: z.boolean(),
  /** Null: nothing names one, because this user has no home folder. What needs one then says E_CONFIG. */
  cacheDir: z.string().min(1).nullable(),
  /** Null: no queue; this machine does the work. */
  redis: z
    .string()
    .regex(/^rediss?:\/\/\S+$/i)
    .nullable(),
  queuePrefix: z.string().regex(RUN_NAME),
  priority: z.enum(['low', 'normal', 'high']),
  /** Empty: a worker works wherever a job says. */
  allowRoots: z.array(z.string().min(1)),
  /** `host:port`, or null. */
  health: z
    .string()
    .regex(/^\S+:\d{1,5}$/)
    .nullable(),
  graceSeconds: z.int().nonnegative().max(3600),
  workerName: z.string().regex(RUN_NAME).nullable(),
  /** The cloud's name for this kind of machine; null: not told. */
  instanceType: z.string().regex(INSTANCE_TYPE).nullable(),
  /** As written (`30m`, `18:30`): read by `readDeadline` when the run is submitted. */
  deadline: z.string().min(1).nullable(),
  /** Submit to the queue and return. */
  detach: z.boolean(),
  /** Only workers of one numeric class extract. */
  strict: z.boolean(),
  /** RUN whose features may be taken, or null. */
  reuse: z.string().min(1).nullable(),
  /** Of new runs: it reaches the run id through the fingerprint. */
  precision: z.enum(PRECISIONS),
  /** With int8: how many images the network is calibrated on. */
  calibrationImages: z.int().positive().max(MAX_CALIBRATION_IMAGES),
});
/** Options of this process only. */
export type OperationalOptions = z.infer<typeof operationalOptionsSchema>;

/** The default globs: matched against the file name, in any case. */
export const DEFAULT_GLOB: readonly string[] = [
  ...['*.jpg', '*.jpeg', '*.jfif', '*.jpe', '*.jif'],
  ...['*.png', '*.webp', '*.gif'],
];
/** What the default globs gain with each further format. */
export const EXTRA_GLOBS: Readonly<Record<ExtraFormat, readonly string[]>> = {
  avif: ['*.avif'],
  tiff: ['*.tif', '*.tiff'],
};
/** Share of the variance that the components keep by default. */
export const DEFAULT_VARIANCE = 0.75;
/** Share of images that may be in quarantine by default. */
export const DEFAULT_MAX_BAD = 0.05;
/** What all keys in Redis begin with when nothing else is said. */
export const DEFAULT_QUEUE_PREFIX = 'verger';
/** CPU seconds that one image may take in a child by default. */
export const DEFAULT_IMAGE_CPU_SECONDS = 60;

/** What a run opens beyond, or other than, the defaults: from its extraction options. */
export interface DecodeLimits {
  /** Images of more pixels are refused by their headers. Default `DEFAULT_MAX_PIXELS`. */
  readonly maxPixels?: number | undefined;
  /** Formats that are refused else. Default none. */
  readonly formats?: readonly ExtraFormat[] | undefined;
}

/** What a run opens, for its children: undefined where it asks for nothing but the defaults. */
export function decodeLimitsOf({ maxPixels, formats }: ExtractionOptions): DecodeLimits | undefined {
  return maxPixels === undefined && formats === undefined ? undefined : { maxPixels, formats };
}

/**
 * What one run may take of another one's images: `all` where both open the same; `features` where this one
 * opens more, so that what the other refused is to be tried again; else `none`, because this one could refuse
 * what the other one opened.
 */
export function takeableFrom(source: ExtractionOptions, own: ExtractionOptions): 'all' | 'features' | 'none' {
  const most = (options: ExtractionOptions) => options.maxPixels ?? DEFAULT_MAX_PIXELS;
  const opensAll = (one: ExtractionOptions, other: ExtractionOptions) =>
    most(one) >= most(other) &&
    (other.formats ?? []).every((format: ExtraFormat) => one.formats?.includes(format) === true);
  if (!opensAll(own, source)) return 'none';
  return opensAll(source, own) ? 'all' : 'features';
}

/** Options of the dashboard only. Never part of a run id. */
export const dashboardOptionsSchema = z.strictObject({
  /** Folders or s3:// prefixes whose runs are shown. */
  places: z.array(z.string().min(1)),
  /** `host:port`. */
  listen: z.string().regex(/^\S+:\d{1,5}$/),
  /** What all paths start with, behind a proxy: '' or `/verger`. */
  basePath: z
    .string()
    .regex(/^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*\/?$/)
    .transform((path) => path.replace(/\/$/, '')),
  /** Null: no login; only on loopback addresses. */
  dashboardPassword: z.string().min(8).max(1024).nullable(),
  /** Runs may be cancelled and resumed. */
  allowActions: z.boolean(),
  /** Redis with the rights to resume a run; null: runs are cancelled only. */
  actionsRedis: z
    .string()
    .regex(/^rediss?:\/\/\S+$/i)
    .nullable(),
  /** AWS profile with the rights to cancel and resume; null: that of reading. */
  actionsProfile: z.string().min(1).nullable(),
});
/** Options of the dashboard only. */
export type DashboardOptions = z.infer<typeof dashboardOptionsSchema>;

/** A number that a text may give: `0.055`. */
const decimal = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number),
]);

/** Options of the autoscaler only. Null: the default of its policy. Never part of a run id. */
export const autoscalerOptionsSchema = z
  .strictObject({
    /** Folders or s3:// prefixes whose runs may ask for workers. */
    places: z.array(z.string().min(1)),
    /** Auto Scaling group; null: it only tells. */
    group: z.string().min(1).max(255).nullable(),
    minVcpus: z.int().nonnegative().max(100_000).nullable(),
    maxVcpus: z.int().nonnegative().max(100_000).nullable(),
    /** vCPUs of the smallest worker. */
    vcpuStep: z.int().positive().max(1_024).nullable(),
    /** Of a run without a deadline: from its submission to its end. */
    targetSeconds: z.number().positive().nullable(),
    bootSeconds: z.int().nonnegative().max(3_600).nullable(),
    /** Expected until it is measured. */
    imagesPerVcpuSecond: decimal.pipe(z.number().positive()).nullable(),
    /** Capacity is lowered only when less was needed for so long. */
    settleSeconds: z.int().nonnegative().max(3_600).nullable(),
    usdPerVcpuHour: decimal.pipe(z.number().positive()).nullable(),
    maxUsdPerHour: decimal.pipe(z.number().positive()).nullable(),
    intervalSeconds: z.int().positive().max(300),
  })
  .refine(({ minVcpus, maxVcpus }) => minVcpus === null || maxVcpus === null || minVcpus <= maxVcpus, {
    message: '--min-vcpus must not be more than --max-vcpus',
  });
/** Options of the autoscaler only. */
export type AutoscalerOptions = z.infer<typeof autoscalerOptionsSchema>;
