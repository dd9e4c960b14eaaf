/** The dashboard: runs from storage, queues in Bull Board; read-only unless it is told otherwise. */
export type { PageAnswer, PageRequest, Pages } from './http/page.ts';
export { createDashboardMetrics, type DashboardMetrics } from './metrics/metrics.ts';
