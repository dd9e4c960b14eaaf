import type { PartitionTable } from '@verger/run-index';

/** Commits of this time before the newest one are measured. */
const WINDOW_MS = 5 * 60_000;
/**
 * Share of the time in which a child is busy: the rest goes to the main process, which reads, hashes and
 * writes on the same cores, and to waits between partitions.
 */
const EFFICIENCY = 0.85;

/**
 * Images per second that one vCPU extracts, by the newest commits: images over the seconds in which children
 * decoded, inferred and encoded them. Null before the first commit. It does not need to know how many vCPUs
 * there were: it is right while workers come and go, and after a restart. Cost: a pass over the partitions.
 */
export function imagesPerVcpuSecond(table: PartitionTable | undefined): number | null {
  const newestMs = table?.newestMs();
  if (table === undefined || newestMs === undefined) return null;
  const { images, busyMs } = table.busySince(newestMs - WINDOW_MS);
  return images > 0 && busyMs > 0 ? (EFFICIENCY * images) / (busyMs / 1000) : null;
}
