/** The dashboard: runs from storage, queues in Bull Board; read-only unless it is told otherwise. */
export { type Dashboard, type DashboardSetup, startDashboard } from './dashboard.ts';
export { createRunActions, type RunActionsOptions } from './run-actions.ts';
export type { RunActions } from './runs/action-page.ts';
