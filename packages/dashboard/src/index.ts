/** The dashboard: runs from storage, queues in Bull Board; read-only unless it is told otherwise. */
export type { PageAnswer, PageRequest, Pages } from './http/page.ts';
export { createAssets } from './page/assets.ts';
export type { RunActions } from './runs/action-page.ts';
export type { RunQueue } from './runs/queue-watch.ts';
export { createRunPages, type RunPagesOptions } from './runs/run-pages.ts';
