/** The dashboard: runs from storage, queues in Bull Board; read-only unless it is told otherwise. */
export { type Dashboard, type DashboardSetup, startDashboard } from './dashboard.ts';
export type { PageAnswer, PageRequest, Pages } from './http/page.ts';
export { createRunActions, type RunActions, type RunActionsOptions } from './run-actions.ts';
