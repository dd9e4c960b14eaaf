export { type Examination, examineRun } from './examine.ts';
export { type Finding, REPAIR_WORDS } from './finding.ts';
export { type Recomputed, recomputeRows } from './recompute.ts';
export { goesToItsEnd, lostFeatures, planRepair } from './repair/plan.ts';
export { openRepair, plannedFiles, repairFiles } from './repair/repair.ts';
export { missingInSource } from './repair/source.ts';
