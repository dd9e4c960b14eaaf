/**
 * Drives runs: start, resume, refit, transform, verify, repair, watch, cancel. What the CLI and other
 * programs call.
 */

export { type QueueOptions, type QueueState, readQueueState, whyIdle } from './ask-queue.ts';
export { cancelRun } from './cancel-run.ts';
export type { Driver, DriverEvent, Listed, RunOptions } from './driver.ts';
export {
  type FoundRun,
  findRun,
  hasManifest,
  listRuns,
  locateRun,
  openImages,
  type RunPlace,
} from './find-run.ts';
export {
  findWeights,
  inspectWeights,
  locateWeights,
  type Network,
  networkOfRun,
  numericClassOfUntrained,
  UNTRAINED,
  type WeightsRequest,
} from './find-weights.ts';
export { type OpenedDriver, type OptionValues, openDriver, resolveOptions } from './open-driver.ts';
export { startChildren } from './open-executor.ts';
export type { RunOutcome, SubmittedRun } from './outcome.ts';
export { readReport } from './outcome.ts';
export { checkPlaces, type PlannedListing, planRun, spoolTemporarily } from './plan-run.ts';
export { refitRun } from './refit-run.ts';
export { isRepairable, repairRun } from './repair-run.ts';
export { makeReportPage } from './report-page.ts';
export { resumeRun } from './resume-run.ts';
export { type RunNetwork, type RunNetworkRequest, startRunNetwork } from './run-network.ts';
export { stateWords } from './run-words.ts';
export { type RunRequest, startRun } from './start-run.ts';
export { transformRun } from './transform-run.ts';
export { tellUnfinishedRuns } from './unfinished-runs.ts';
export { type CheckedRun, type Verified, verifyRun } from './verify-run.ts';
export { watchRun } from './watch-run.ts';
export { workerName } from './worker-names.ts';
