/** Many machines: the executor, the worker and the reducer around the stage functions. */
export { type ClusterExecutorOptions, createClusterExecutor } from './cluster-executor.ts';
export { lookAtQueue, type QueueSeen } from './look-at-queue.ts';
export { isUnderWay } from './queue-watch.ts';
export { startReducer } from './reducer.ts';
export { cpuModel, type Service, type ServiceOptions } from './service.ts';
export { watchStorage } from './watch-storage.ts';
export { publishWeights } from './weights.ts';
export { startWorker } from './worker.ts';
