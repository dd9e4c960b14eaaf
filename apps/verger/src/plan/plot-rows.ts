import type { ExportSource } from '@verger/export';
import { readParts } from '@verger/export';
import { isSampled, MOST_PLOTTED, type PlottedLabel } from '@verger/report';
import { requireLabel } from './plot-target.ts';

/** What is read of the rows of a run. */
export interface WantedRows {
  /** From 1. */
  readonly components: readonly [number, number];
  /** Undefined for all. */
  readonly labels: ReadonlySet<string> | undefined;
  /** How many rows these are, where it is known; at least that many otherwise. */
  readonly rows: number;
  readonly signal: AbortSignal;
}

/** Rows of a run by label, and how many there are. */
export interface PlotRows {
  readonly labels: readonly PlottedLabel[];
  /** Rows of these labels, plotted or not. */
  readonly rows: number;
  readonly labelsLeftOut: number;
}

/**
 * Two components of the rows of a finished run by label, at most 50,000 of them: an even sample in listing
 * order. Memory: three partitions and 16 bytes a point. Errors: those of `readParts`; E_USAGE for a label
 * without rows.
 */
export async function readPlotRows(source: ExportSource, wanted: WantedRows): Promise<PlotRows> {
  const { components, labels, rows: expected, signal } = wanted;
  const isKept = evenly(expected);
  const found = new Map<string, { label: string; count: number; points: number[] }>();
  const others = new Set<string>();
  let rows = 0;
  for await (const { projection } of readParts(source, { what: 'projection', images: false })) {
    signal.throwIfAborted();
    if (projection === undefined) throw new Error('a partition lacks its projection');
    const { k, projection: values } = projection;
    for (const [row, label] of projection.labels.entries()) {
      if (labels !== undefined && !labels.has(label)) {
        others.add(label);
        continue;
      }
      let one = found.get(label);
      if (one === undefined) {
        one = { label, count: 0, points: [] };
        found.set(label, one);
      }
      one.count += 1;
      if (isKept(rows))
        one.points.push(values[row * k + components[0] - 1]!, values[row * k + components[1] - 1]!);
      rows += 1;
    }
  }
  for (const label of labels ?? []) requireLabel(label, new Set([...found.keys(), ...others]));
  return { labels: [...found.values()], rows, labelsLeftOut: others.size };
}

/** Which rows of so many are plotted: all, or `MOST_PLOTTED` of them at even distances. */
export function evenly(rows: number): (row: number) => boolean {
  if (rows <= MOST_PLOTTED) return () => true;
  return (row) => isSampled(row, { count: MOST_PLOTTED, rows });
}
