import { RUN_FILES, removalStep, runFileOf, runLayout } from '@verger/core';
import type { Examination } from '../examine.ts';
import type { LostPartition } from './source.ts';

/** What a repair does, in this order. A pure function of what was found. */
export interface RepairPlan {
  /** Epochs that get a record in their place. */
  readonly epochs: readonly number[];
  /** Partitions whose listing part is listed again. */
  readonly listing: readonly number[];
  /** The manifest, when it is printed again. */
  readonly print: readonly string[];
  /**
   * Files that go, in this order: `_SUCCESS`, HTML report and timeline where the stages rebuild any of them,
   * then what is made last; traces at the end.
   */
  readonly remove: readonly string[];
  /** Partitions whose sums are put in place from good features. */
  readonly sums: readonly number[];
  /** Partitions whose features were committed once and are extracted again. */
  readonly extract: readonly number[];
  /** Files that are not the run's, which may be somebody's work. */
  readonly setAside: readonly string[];
}

/**
 * Everything that is made from the features of all partitions, in the order of removal; commits and their
 * files stay.
 */
export function derivedFiles(run: { partitions: readonly unknown[]; partDigits: number }): string[] {
  const layout = runLayout(run.partDigits);
  const { success, csv, htmlReport, timeline, report, quarantine, model, labels } = RUN_FILES;
  const projections = Array.from(run.partitions, (_, partition) => layout.projection(partition));
  return [success, csv, htmlReport, timeline, report, quarantine, ...projections, model, labels];
}

/**
 * The plan for what was found: what is to be derived goes with what depends on it, so that the stages rebuild
 * it.
 */
export function planRepair(
  { findings, parts, complete, success, epoch }: Examination,
  manifest: { readonly partitions: readonly unknown[]; readonly partDigits: number },
): RepairPlan {
  const layout = runLayout(manifest.partDigits);
  const plan = { epochs: [], listing: [], print: [], sums: [], extract: [], setAside: [] } as {
    -readonly [K in Exclude<keyof RepairPlan, 'remove'>]: RepairPlan[K][number][];
  };
  const remove = new Set<string>();
  const traces = new Set<string>();
  const isCommitted = (partition: number) => complete || parts[partition]?.commit !== undefined;
  const derive = (file: string): void => {
    const { kind, number } = runFileOf(file, layout, manifest.partitions.length) ?? {};
    const partition = number ?? 0;
    const hasFeatures = parts[partition]?.examined !== undefined;
    switch (kind) {
      case undefined:
        plan.setAside.push(file);
        break;
      case 'epoch':
        plan.epochs.push(partition);
        break;
      case 'manifest':
        plan.print.push(file);
        break;
      case 'failure':
      case 'cancelled':
      case 'numericClass':
        traces.add(file);
        break;
      case 'csv':
        if (success === undefined || success.files[file] !== undefined) remove.add(file);
        else {
          plan.setAside.push(file);
          if (epoch?.finish.csv === true) remove.add(RUN_FILES.success);
        }
        break;
      case 'model':
      case 'labels': // One step makes both.
        remove.add(RUN_FILES.model).add(RUN_FILES.labels);
        break;
      case 'commit':
        // Of a partition that is extracted again, the commit goes when it is known what came of that.
        // Without features that can be read it stays: it is all that is known of them.
        if (hasFeatures) remove.add(file).add(RUN_FILES.report);
        break;
      case 'sums':
        if (hasFeatures) plan.sums.push(partition);
        else if (!isCommitted(partition)) remove.add(file);
        break;
      default:
        remove.add(file);
    }
  };
  for (const { severity, repair, file, partition } of findings) {
    if (severity !== 'fault' || repair === 'none') continue;
    if (repair === 'derive') derive(file);
    else if (partition === null) continue;
    else if (repair === 'listing') plan.listing.push(partition);
    else if (isCommitted(partition)) plan.extract.push(partition);
    else remove.add(layout.commit(partition)).add(layout.sums(partition)).add(layout.features(partition));
  }
  if (remove.size > 0) remove.add(RUN_FILES.success).add(RUN_FILES.htmlReport).add(RUN_FILES.timeline);
  const step = (file: string) => removalStep(file) ?? 0;
  return {
    ...plan,
    sums: plan.sums.filter((one) => !plan.extract.includes(one) && !remove.has(layout.features(one))),
    remove: [...remove, ...traces].sort((a, b) => step(a) - step(b) || (a < b ? -1 : 1)),
  };
}

/**
 * True when a repair takes the run to its end again: it was finished; or a repair was stopped in it, and no
 * image would be extracted on the way that never was. Another run is left as it is for `resume`.
 */
export function goesToItsEnd({ finished, epoch, complete, parts }: Examination): boolean {
  const has = parts.every(({ commit, examined }) => commit !== undefined || examined !== undefined);
  return finished || (epoch?.cause === 'repair' && (complete || has));
}

/**
 * The partitions whose features have to come from somewhere else when this is done, with the sha256 that they
 * had: those of the plan, and where the run goes to its end all that has none. `images`: some are at fault as
 * the images tell, so only images help.
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
