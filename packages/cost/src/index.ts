/** What machines and requests cost: the price table, and the cost of a run. Pure. */
export { type ClusterCost, type ClusterJob, clusterCost, type Range, type Requests } from './cluster-cost.ts';
export { type InstancePrice, instancePrice, type PriceTable, parsePrices } from './prices.ts';
export { type WorkerTime, type WorkerTimeCost, workerTimeCost } from './worker-cost.ts';
