/** Many machines: the executor, the worker and the reducer around the stage functions. */
export { type ClusterExecutorOptions, createClusterExecutor } from './coordinator/cluster-executor.ts';
export { lookAtQueue, type QueueSeen } from './coordinator/look-at-queue.ts';
export { isUnderWay } from './coordinator/queue-state.ts';
export { watchStorage } from './coordinator/watch-storage.ts';
export { startReducer } from './reducer/reducer.ts';
export { type HealthServer, type HealthSources, serveHealth } from './service/health.ts';
export { addProcessMetrics } from './service/process-metrics.ts';
export { cpuModel, type Service, type ServiceOptions } from './service/service.ts';
export { publishWeights, readPublishedWeights } from './worker/weights.ts';
export { startWorker } from './worker/worker.ts';
