export {
  type Cancelled,
  checkUncancelled,
  isEpochEnd,
  markCancelled,
  markRunCancelled,
  readCancel,
  watchCancel,
  watchEpoch,
} from './cancel.ts';
export {
  type CommitParts,
  commitFault,
  commitPartition,
  commitsInOrder,
  readCommit,
  requireCommit,
} from './commits.ts';
export {
  copiedListing,
  createRun,
  type FrozenFiles,
  type FrozenInputs,
  joins,
  spoolFiles,
} from './create-run.ts';
export {
  isSameFinish,
  mergeFinish,
  newestEpoch,
  openEpoch,
  readEpoch,
  readEpochs,
  readLeftOut,
  requireEpoch,
} from './epochs.ts';
export {
  type Job,
  type NewestFailures,
  readFailures,
  readFailuresOf,
  readNewestFailures,
  recordFailure,
} from './failures.ts';
export {
  checkComponents,
  manifestDifferences,
  noInput,
  planManifest,
  planRefit,
  readManifest,
  runIdentity,
} from './manifest.ts';
export { modelNamedBy } from './projection-model.ts';
export {
  createOrCompare,
  parseRecord,
  readCalibrationFile,
  readFile,
  readListing,
  readRecord,
  recordBytes,
  requireFile,
  requireFrozen,
  sha256Async,
  storedFileOf,
} from './records.ts';
export { type RunFolder, readRunFolder, removeRunFiles } from './remove-run.ts';
export type { RunContext } from './run-context.ts';
export { type RunStatus, readStatus } from './status.ts';
export {
  answersEpoch,
  findDamage,
  hashStored,
  isDerived,
  readSuccess,
  refuseDamage,
  reopenFinish,
} from './success.ts';
export { readTimeline, timelineFits } from './timeline-file.ts';
