export { backOffMs, MAX_ATTEMPTS, pause } from './attempts.ts';
export { Budget, forEachBounded } from './bounded.ts';
export { type Cancelled, cancelRun, checkUncancelled, markCancelled, readCancel } from './cancel.ts';
export type { ChildInit, ChildRequest, ChildResponse } from './child-protocol.ts';
export { type Children, createChildren } from './children.ts';
export { readCommit } from './commit.ts';
export { type Copied, checkCopyTarget, copyImages } from './copy-images.ts';
export { copiedListing, createRun, type FrozenFiles, joins, spoolFiles } from './create-run.ts';
export { type CsvPart, csvPieces } from './csv-pieces.ts';
export { decodeLimitsOf } from './decode-limits.ts';
export { mergeFinish, newestEpoch, openEpoch, readEpoch, readEpochs, readLeftOut } from './epochs.ts';
export { type ExportFormat, type ExportPiece, type ExportWish, exportPieces } from './export-pieces.ts';
export { type ExportSource, type ExportWhat, openExport } from './export-source.ts';
export { extractPartition, newPartition, type PartitionProgress } from './extract.ts';
export { type FailedAttempt, type Job, readFailures, readFailuresOf, recordFailure } from './failures.ts';
export { finishRun } from './finish.ts';
export { createImagePool, type ImagePoolOptions } from './image-pool.ts';
export { createLocalExecutor, type LocalExecutorOptions } from './local-executor.ts';
export { type RunStatus, readStatus } from './markers.ts';
export { type Measured, measureExtract } from './measure.ts';
export {
  manifestDifferences,
  noInput,
  type PlanInput,
  planManifest,
  planRefit,
  readManifest,
  runIdentity,
} from './plan.ts';
export { projectPartition, readModel, type StoredModel } from './project.ts';
export { parseRecord, readFile, readRecord, recordBytes, requireFile, sha256Async } from './records.ts';
export { reduceRun } from './reduce.ts';
export { type RunFolder, readRunFolder, removeRunFiles } from './remove-run.ts';
export { openRepair, plannedFiles, repairRun } from './repair.ts';
export { goesToItsEnd, lostFeatures, planRepair, type RepairPlan } from './repair-plan.ts';
export { missingInSource } from './repair-source.ts';
export { createReuseState, type ReuseState } from './reuse-state.ts';
export { type StageContext, type StageServices, stageContext } from './stage-context.ts';
export { findDamage, isDerived, readSuccess, refuseDamage, reopenFinish, verifySuccess } from './success.ts';
export type { ExamineProgress } from './verify/derived.ts';
export { type Examination, examineRun } from './verify/examine.ts';
export { type Finding, MEND_WORDS, type Mend } from './verify/finding.ts';
export { type Recomputed, recomputeRows } from './verify/recompute.ts';
