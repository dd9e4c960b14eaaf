import type { RunFacts } from './run-facts.ts';
import type { RunRecords } from './run-records.ts';

/** Images and partitions that a stage of a run has yet to do. */
export interface Backlog {
  readonly images: number;
  readonly partitions: number;
}

/** Listed images of the partitions that have a projection. Cost: a pass over these partitions. */
export function projectedImages({ plan, projected }: Pick<RunRecords, 'plan' | 'projected'>): number {
  let images = 0;
  for (const partition of projected) images += plan?.images[partition] ?? 0;
  return images;
}

/** What the stages of workers have yet to do of a run. Cost: a pass over its projected partitions. */
export function backlogOf(
  records: Pick<RunRecords, 'plan' | 'projected'>,
  facts: Pick<RunFacts, 'listed' | 'extracted' | 'quarantined' | 'partitions' | 'committed' | 'projected'>,
): { readonly extract: Backlog; readonly project: Backlog } {
  const { listed, extracted, quarantined, partitions, committed, projected } = facts;
  return {
    extract: { images: listed - extracted - quarantined, partitions: partitions - committed },
    project: { images: listed - projectedImages(records), partitions: partitions - projected },
  };
}
