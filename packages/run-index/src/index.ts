/** Many runs at rest, looked at again and again: each record is read once, memory is bounded. */
export { type Backlog, backlogOf, projectedImages } from './backlog.ts';
export { CachedRun, FRESH_MS } from './cached-run.ts';
export type { PartitionRow, PartitionTable, RowNumbers, RunTotals, StepTimes } from './partition-table.ts';
export { factsOf, type RunFacts, type Tone } from './run-facts.ts';
export { isMissing, type Place, RunIndex, type RunIndexOptions } from './run-index.ts';
export { PART_KINDS, type PartKind, type RunPlan, type RunRecords } from './run-records.ts';
