/**
 * # Words (one word a thing)
 *
 * | word | meaning | Spark's word; never say |
 * |---|---|---|
 * | run | one submission: one id, one output folder | application; not session, task |
 * | epoch | one submission of a run to an executor (first run, resume, repair): a create-only file `epochs/0003.json` | – |
 * | listing | the ordered image references found | – ; not dataset |
 * | left out | what stood below the images folder and was not listed, in numbers: by ending, hidden, linked | – ; not skipped, ignored |
 * | label | class of an image, by default its parent folder | – ; not tag |
 * | partition | a contiguous slice of the listing, fixed in the manifest | partition; not shard, chunk, split |
 * | manifest | frozen partitions + resolved options + extractor fingerprint | – ; not plan file |
 * | job | one BullMQ unit, of kind `extract`, `reduce`, `project`, `finish` | task; not work item |
 * | attempt | one try of a job | attempt |
 * | coordinator / worker / reducer | the CLI that plans, submits, watches / a process that consumes extract and project jobs / the process that merges sums, fits, finishes | driver / executor / – ; not master, slave, node |
 * | dashboard | the HTTP server that shows runs and queues; reads only, unless it is told otherwise | web UI |
 * | autoscaler | the process that asks for as many workers as the runs under way need; decides, in vCPUs | dynamic allocation |
 * | group | the machines of an autoscaler: an Auto Scaling group of AWS | – ; not fleet, pool |
 * | vCPU | the unit of the workers' capacity: one child process each | executor core |
 * | decision | the capacity that an autoscaler asks for from now on, with its reason in words | – |
 * | deadline | when a run should be done, as `--deadline` says; stands in the epoch | – |
 * | place | a folder or s3:// prefix that holds runs, as the dashboard is given it | – |
 * | session | one login at the dashboard: a cookie, valid for 12 hours | – |
 * | child | one process of a pool: decodes, infers, encodes, solves | – ; not thread |
 * | batch | the few images that go to a child in one message; each is still inferred by itself | – |
 * | extractor | MobileNetV2 without its head, with its preprocessing | – ; "model" is kept for PCA |
 * | engine | what computes the network inside an extractor: onnxruntime, tfjs or tfjs-node | – ; not backend |
 * | decode limits | what a run opens: the most pixels of an image, formats beyond the four | – |
 * | features | 1,280 numbers of one image | – ; not embedding, vector |
 * | sums | count, sum and upper triangle of products of one partition; verbs `add`, `merge` | summariser; not stats |
 * | commit | the record, written last, that makes a partition's files count | task commit |
 * | adopt | to take a features file that an earlier attempt wrote, after checking it | – ; not reuse |
 * | reuse | to take features of unchanged images from another run, after checking them | – ; not cache |
 * | refit | a run with the listing and features of another one, and other PCA options | – |
 * | transform | a run that applies the PCA model of another one (the given model) instead of fitting its own | PCAModel.transform |
 * | quarantine | images that were listed but gave no features, each with a code | – ; not errors |
 * | store code | the word with which a store says why it refused (`InvalidObjectState`) | – |
 * | archived | of an object: stored, and to be read only after a restore | – |
 * | PCA model | mean, components, explained variance, k | PCAModel; not weights |
 * | projection | features × components, k numbers an image | transform output |
 * | centroid | mean projection of one label | – |
 * | fingerprint | what makes features comparable: network, preprocessing, weights, precision | – |
 * | precision | how exactly the network computes: float32, or int8 (the quantised network) | – |
 * | calibration | what the float32 network gave on a sample of the run's images: int8 is made from it | – |
 * | held sample | images that the calibration left out, on which both precisions are compared; for people: held-out images | – ; not test set |
 * | numeric class | what makes features equal to the last bit: release, engine, architecture, probe bits | – |
 * | probe | a built-in image whose pixels and features are known | – |
 * | finding | one thing that `verify` found in a run: a fault, or a note | – ; not issue, problem |
 * | examination | all that `verify` found in a run, and what is not there yet | – |
 * | repair | an epoch that makes damaged files of a run again; verb `repair` | – |
 * | HTML report | `report.html`: one self-contained page of a finished run | – |
 * | live page | the page of a run in the dashboard, which follows it | – |
 * | timeline | what each partition took and where: `timeline.json`, and its drawing by worker | event timeline |
 * | thumbnail | an image at 48 × 48 pixels in the HTML report | – |
 * | sprite | one WebP picture of up to 100 thumbnails | – |
 * | scatter | the projection drawn by two of its components, with legend and lasso, on the pages of a run | – |
 * | orchard | the images that `verger demo` draws | – |
 */
export {
  type Calibration,
  calibrationSchema,
  HELD_IMAGES,
  MAX_CALIBRATION_BYTES,
  type PrecisionComparison,
  precisionComparisonSchema,
  type TensorRange,
} from './calibration.ts';
export { canonicalJson, isSealed, sha256, withSelfHash } from './canonical.ts';
export {
  Budget,
  type Deferred,
  defer,
  forEachBounded,
  mapBounded,
  readAhead,
  within,
} from './concurrency.ts';
export { cosineBetween } from './cosine.ts';
export { DEADLINE_WORDS, formatDeadlineSpan, readDeadline } from './deadline.ts';
export { isNextOf, isReasonOf } from './errors/earlier-sentences.ts';
export {
  asVergerError,
  ERRORS,
  type ErrorCode,
  type ErrorPlace,
  type FilePlace,
  fileError,
  formatError,
  IMAGE_ERROR_CODES,
  type ImageErrorCode,
  isAtLimit,
  isEnvironmental,
  VergerError,
  withPlace,
} from './errors/errors.ts';
export { type LeftOut, leftOutSchema } from './left-out.ts';
export { nextStep, type RunFacts, type RunState, runState } from './next-step.ts';
export {
  type AutoscalerOptions,
  autoscalerOptionsSchema,
  type DashboardOptions,
  DEFAULT_CALIBRATION_IMAGES,
  DEFAULT_GLOB,
  DEFAULT_IMAGE_CPU_SECONDS,
  DEFAULT_MAX_BAD,
  DEFAULT_MAX_PIXELS,
  DEFAULT_QUEUE_PREFIX,
  DEFAULT_VARIANCE,
  type DecodeLimits,
  dashboardOptionsSchema,
  decodeLimitsOf,
  ENGINES,
  type EngineChoice,
  type EngineName,
  EXTRA_FORMATS,
  EXTRA_GLOBS,
  type ExtractionOptions,
  type ExtraFormat,
  extractionOptionsSchema,
  type FinishOptions,
  finishOptionsSchema,
  MAX_CALIBRATION_IMAGES,
  MOST_MAX_PIXELS,
  type OperationalOptions,
  operationalOptionsSchema,
  type PcaOptions,
  PRECISIONS,
  type Precision,
  pcaOptionsSchema,
  RUN_NAME,
  type S3Options,
  s3OptionsSchema,
  takeableFrom,
} from './options.ts';
export type {
  Clock,
  DecodeResult,
  Executor,
  Extractor,
  IntegerGram,
  LinkFault,
  ListOptions,
  Logger,
  Pixels,
  ReadOptions,
  ReadResult,
  ReuseSource,
  Run,
  RunEvent,
  Stage,
  Storage,
  StoredEntry,
} from './ports.ts';
export {
  comparedWords,
  cosineWords,
  curveWords,
  isComparable,
  notComparedWords,
} from './precision-words.ts';
export {
  clip,
  counted,
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  printable,
  shellQuote,
} from './printable.ts';
export { type Proxy, type ProxyOptions, proxyFor, proxyOptionsSchema } from './proxy.ts';
export { addCounts, type QuarantineCounts } from './quarantine-counts.ts';
export { type Report, reportSchema } from './report.ts';
export {
  ALL_RUN_FOLDERS,
  cancelFile,
  epochFile,
  epochOf,
  failureFile,
  failurePrefix,
  isFailureOf,
  isReadAsData,
  partDigits,
  RUN_FILES,
  RUN_FOLDERS,
  type RunFileKind,
  type RunLayout,
  removalStep,
  runFileOf,
  runLayout,
  SHARED_FILES,
  setAsideFile,
} from './run-layout.ts';
export { seededNumbers } from './seeded-numbers.ts';
export {
  type CancelMark,
  type ClassRecord,
  type Commit,
  cancelMarkSchema,
  classRecordSchema,
  commitSchema,
  type Epoch,
  epochSchema,
  type Failure,
  FEATURES,
  type Fingerprint,
  failureSchema,
  fingerprintSchema,
  type GivenModel,
  type ImageRef,
  imageRefSchema,
  type LabelCentroids,
  labelCentroidsSchema,
  MAX_IMAGE_BYTES,
  type Manifest,
  MOST_SCALING_DECISIONS,
  manifestSchema,
  type Partition,
  type PcaModel,
  pcaModelSchema,
  type Quarantined,
  quarantinedSchema,
  type Reuse,
  type Scaling,
  type ScalingDecisionRecord,
  STORE_CODE,
  type StageTimings,
  type StoredFile,
  type Success,
  scalingSchema,
  successSchema,
  type WorkerRef,
} from './shapes.ts';
export { FEATURE_LIMIT, FEATURE_SCALE, type LabelSums, MAX_LABELS, type Sums } from './sums.ts';
export { MOST_TIMELINE_FAILURES, type Timeline, timelineSchema } from './timeline.ts';
