/**
 * Reads the projection of a run once for `_SUCCESS` and for its HTML report: children compare, here is
 * folded.
 */
import type { Commit, LabelCentroids } from '@verger/core';
import { type CollectedRows, type ComparedPartition, MOST_POINTS, ReportCollector } from '@verger/report';
import type { CompareRequest, LabelTable } from '../child/protocol.ts';
import type { StageContext } from '../context.ts';
import type { StoredModel } from '../project/project.ts';

/** Multiplications that comparing all rows with all labels may take: 5 s of one core. */
const MOST_WORK = 4e9;

/** What is compared. */
export interface SurveySource {
  readonly commits: readonly Pick<Commit, 'partition' | 'extracted'>[];
  readonly model: StoredModel;
  readonly labels: LabelCentroids;
  readonly k: number;
}

/** The comparison of a run's rows, under way. */
export interface RowSurvey {
  readonly table: LabelTable;
  /** Compares the rows of one projection file, in a child. Errors: E_PART_CORRUPT. */
  compare(commit: Pick<Commit, 'partition'>, bytes: Uint8Array): Promise<ComparedPartition>;
  /** Takes the partitions in their order. Errors: a plain Error where rows are not those of the commits. */
  add(part: ComparedPartition): void;
  end(): CollectedRows;
}

/**
 * How many rows are compared with all centroids: all, or as many as that work allows, an even sample; then no
 * more than the page has points.
 */
export function comparedRows(rows: number, labels: number, k: number): number {
  const most = Math.floor(MOST_WORK / Math.max(1, labels * k));
  return most >= rows ? rows : Math.min(most, MOST_POINTS);
}

/** Prepares the comparison of a run's rows. */
export function createRowSurvey(
  { children, signal }: Pick<StageContext, 'children' | 'signal'>,
  { commits, model, labels, k }: SurveySource,
): RowSurvey {
  const table = labelTable(labels, k);
  const firsts = new Map<number, number>();
  let rows = 0;
  for (const { partition, extracted } of commits) {
    firsts.set(partition, rows);
    rows += extracted;
  }
  const collector = new ReportCollector({ labels: labels.labels, k, rows });
  const compared = comparedRows(rows, table.names.length, k);
  // A child serves many runs, and two of them may have one model and other labels.
  const labelsKey = crypto.randomUUID();
  return {
    table,
    compare: async ({ partition }, bytes) => {
      const request: CompareRequest = {
        ...{ bytes, modelSha256: model.sha256, labelsKey, labels: undefined },
        ...{ first: firsts.get(partition) ?? 0, rows, compared, closeWithin: collector.closeWithin },
      };
      let answer = await children.call('compareRows', request, { signal });
      if (answer === 'need-labels') {
        answer = await children.call('compareRows', { ...request, labels: table }, { signal });
      }
      if (answer === 'need-labels') throw new Error('a child asked twice for the labels');
      return { partition, ...answer };
    },
    add: (part) => collector.add(part),
    end: () => collector.end(),
  };
}

/** Labels and their centroids as children take them. */
export function labelTable({ labels }: LabelCentroids, k: number): LabelTable {
  const centroids = new Float64Array(labels.length * k);
  for (const [place, { centroid }] of labels.entries()) centroids.set(centroid, place * k);
  return { names: labels.map(({ label }) => label), centroids, k };
}
