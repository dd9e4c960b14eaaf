import { RUN_FILES, type RunFileKind, runFileOf, runLayout } from '@verger/core';
import type { Examination } from '../examine.ts';
import type { Mend } from '../finding.ts';
import type { LostPartition } from './source.ts';

/** What a repair does, in this order. A pure function of what was found. */
export interface RepairPlan {
  /** Epochs that get a record in their place. */
  readonly epochs: readonly number[];
  /** Partitions whose listing part is listed again. */
  readonly listing: readonly number[];
  /** Files that go, in the order in which they go; the stages make them again. `_SUCCESS` is the first where there is any. */
  readonly remove: readonly string[];
  /** Partitions whose sums are put in place from good features. */
  readonly sums: readonly number[];
  /** Partitions whose features were committed once and are extracted again. */
  readonly extract: readonly number[];
  /** The manifest is printed again. */
  readonly print: readonly string[];
  readonly setAside: readonly string[];
  /** Traces that nothing depends on. */
  readonly forget: readonly string[];
}

/** What is removed first: nothing may be left that was made from what is gone. */
const ORDER: readonly RunFileKind[] = [
  'success',
  'csv',
  'report',
  'quarantine',
  'projection',
  'model',
  'labels',
  'commit',
  'sums',
  'features',
];

/** Everything that is made from the features of all partitions, in the order of removal; commits and their files stay. */
export function derivedFiles(run: { partitions: readonly unknown[]; partDigits: number }): string[] {
  const layout = runLayout(run.partDigits);
  const { success, csv, report, quarantine, model, labels } = RUN_FILES;
  const projections = Array.from(run.partitions, (_, partition) => layout.projection(partition));
  return [success, csv, report, quarantine, ...projections, model, labels];
}

/** The plan for what was found. */
export function planRepair(
  { findings, parts, complete }: Pick<Examination, 'findings' | 'parts' | 'complete'>,
  manifest: { readonly partitions: readonly unknown[]; readonly partDigits: number },
): RepairPlan {
  const layout = runLayout(manifest.partDigits);
  const faults = findings.filter(({ severity }) => severity === 'fault');
  const files = (mend: Mend) => faults.filter((fault) => fault.mend === mend).map(({ file }) => file);
  const partitions = (mend: Mend) =>
    faults.filter((fault) => fault.mend === mend).flatMap(({ partition }) => partition ?? []);
  const remove = new Set(files('derive'));
  // One step makes both.
  if (remove.has(RUN_FILES.model) || remove.has(RUN_FILES.labels)) {
    remove.add(RUN_FILES.model).add(RUN_FILES.labels);
  }
  const extract: number[] = [];
  for (const partition of partitions('extract')) {
    const committed = complete || parts[partition]?.commit !== undefined;
    if (committed) extract.push(partition);
    else remove.add(layout.commit(partition)).add(layout.sums(partition)).add(layout.features(partition));
  }
  const sums: number[] = [];
  for (const partition of partitions('sums')) {
    if (extract.includes(partition) || remove.has(layout.features(partition))) continue;
    if (parts[partition]?.examined !== undefined) sums.push(partition);
    else if (!complete && parts[partition]?.commit === undefined) remove.add(layout.sums(partition));
  }
  for (const partition of partitions('adopt')) {
    // Of a partition that is extracted again, the commit goes when it is known what came of that.
    // Without features that can be read it stays: it is all that is known of them.
    if (parts[partition]?.examined === undefined) continue;
    remove.add(layout.commit(partition)).add(RUN_FILES.report);
  }
  if (remove.size > 0) remove.add(RUN_FILES.success);
  const rank = (file: string) =>
    ORDER.indexOf(runFileOf(file, layout, manifest.partitions.length)?.kind ?? 'features');
  return {
    epochs: files('epoch').flatMap(
      (file) => runFileOf(file, layout, manifest.partitions.length)?.number ?? [],
    ),
    listing: partitions('listing'),
    remove: [...remove].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)),
    sums,
    extract,
    print: files('print'),
    setAside: files('set-aside'),
    forget: files('forget'),
  };
}

/**
 * True when a repair takes the run to its end again: it was finished; or a repair was stopped in it, and no image would be extracted
 * on the way that never was. Another run is left as it is for `resume`.
 */
export function goesToItsEnd({ finished, cause, complete, parts }: Examination): boolean {
  const has = parts.every(({ commit, examined }) => commit !== undefined || examined !== undefined);
  return finished || (cause === 'repair' && (complete || has));
}

/**
 * The partitions whose features have to come from somewhere else when this is done, with the sha256 that they had: those of the plan, and
 * where the run goes to its end all that has none. `images`: some are at fault as the images tell, so only images help.
 */
export function lostFeatures(
  { extract }: RepairPlan,
  { parts, success }: Pick<Examination, 'parts' | 'success'>,
  { partDigits, goesOn }: { readonly partDigits: number; readonly goesOn: boolean },
): { readonly lost: readonly LostPartition[]; readonly images: boolean } {
  const layout = runLayout(partDigits);
  const lost = parts.flatMap(({ partition, examined, commit }): LostPartition[] => {
    if (examined !== undefined || !(goesOn || extract.includes(partition))) return [];
    const sha256 = commit?.features.sha256 ?? success?.files[layout.features(partition)]?.sha256;
    return [{ partition, sha256 }];
  });
  return { lost, images: extract.some((partition) => parts[partition]?.examined !== undefined) };
}
