/**
 * Runs that are there: to find, to read, to cancel. An entry of its own, because it loads a third of what
 * driving a run needs.
 */

export { askQueue, type QueueOptions, type QueueState, readQueueState, whyIdle } from './ask-queue.ts';
export { cancelRun } from './cancel-run.ts';
export {
  type FoundRun,
  findRun,
  hasManifest,
  listRuns,
  locateRun,
  openImages,
  type RunPlace,
} from './find-run.ts';
export { readReport } from './outcome.ts';
export {
  type Activity,
  activityOf,
  type CalledAs,
  isSameQueue,
  networkWords,
  pcaWords,
  REDIS_URL,
  resumeCommand,
  stateWords,
  withoutUser,
} from './run-words.ts';
export { workerName } from './worker-names.ts';
