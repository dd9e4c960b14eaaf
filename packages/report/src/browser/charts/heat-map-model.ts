/** What the heat map knows: which labels, in which order, how often one is mistaken for another. */
import { counted, formatCount, formatShare } from '@verger/core';
import type { LabelFacts } from '../../data/report-data.ts';
import { labelWords } from '../../html/words.ts';
import { type Cells, confusionOrder, mostConfused } from './confusion-order.ts';

/** What the heat map shows. */
export interface HeatMapOptions {
  readonly labels: readonly LabelFacts[];
  readonly cells: Cells;
  /** Labels at most: the most confused ones. */
  readonly most: number;
}

/** The cells of a heat map: row-major [size, size], own label down, nearest label across. */
export interface HeatMapModel {
  readonly size: number;
  /** Names of the rows and columns. Printable. */
  readonly names: readonly string[];
  /** Images of each row's label that were compared. */
  readonly compared: readonly number[];
  readonly counts: Uint32Array;
  /** Cells beside the diagonal, the largest first. */
  readonly mistakes: readonly number[];
}

/** Orders the labels and counts their cells. Cost: 20 ms for 150 labels. */
export function heatMapOf({ labels, cells, most }: HeatMapOptions): HeatMapModel {
  const order = confusionOrder(mostConfused(labels.length, cells, most), labels, cells);
  const size = order.length;
  const at = new Map(order.map((label, index) => [label, index]));
  const counts = new Uint32Array(size * size);
  for (const [own, nearest, count] of cells) {
    const [row, column] = [at.get(own), at.get(nearest)];
    if (row !== undefined && column !== undefined) counts[row * size + column] = count;
  }
  const mistakes = [...counts.keys()]
    .filter((cell) => (counts[cell] ?? 0) > 0 && cell % (size + 1) !== 0)
    .sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b);
  const names = order.map((place) => {
    const label = labels[place]?.label ?? '';
    return labelWords(label);
  });
  return { size, names, compared: order.map((place) => labels[place]?.compared ?? 0), counts, mistakes };
}

/** Row and column of a cell. */
export function placeOf({ size }: HeatMapModel, cell: number): { row: number; column: number } {
  return { row: Math.floor(cell / size), column: cell % size };
}

/** The share of a row's images that is in a cell, 0 to 1. */
export function shareOf(model: HeatMapModel, cell: number): number {
  const { row } = placeOf(model, cell);
  return Math.min(1, (model.counts[cell] ?? 0) / Math.max(1, model.compared[row] ?? 0));
}

/** Steps of a colour: up to which share each goes, and how much of the colour it has, 0 to 1. */
export interface Step {
  readonly below: number;
  readonly strength: number;
}

/** Shares of a label that are nearest to its own centroid: on the diagonal. */
export const RIGHT_STEPS: readonly Step[] = [
  ...[0.5, 0.7, 0.8, 0.9, 0.97].map((below, at) => ({ below, strength: 0.12 + 0.17 * at })),
  { below: Number.POSITIVE_INFINITY, strength: 1 },
];
/** Shares of a label that are mistaken for another one. One image of a hundred is to be seen. */
export const WRONG_STEPS: readonly Step[] = [
  ...[0.02, 0.05, 0.1, 0.2, 0.4].map((below, at) => ({ below, strength: 0.35 + 0.13 * at })),
  { below: Number.POSITIVE_INFINITY, strength: 1 },
];

/** How strong the colour of a cell is, by the steps of the legend. */
export function strengthOf(model: HeatMapModel, cell: number): number {
  const { row, column } = placeOf(model, cell);
  const share = shareOf(model, cell);
  const steps = row === column ? RIGHT_STEPS : WRONG_STEPS;
  return steps.find(({ below }) => share < below)?.strength ?? 1;
}

/** The steps in words: `< 2 %`, `2–5 %`, `40 % and more`. */
export function stepWords(steps: readonly Step[]): string[] {
  const percent = (share: number) => String(Math.round(share * 100));
  return steps.map(({ below }, at) => {
    const from = steps[at - 1]?.below;
    if (from === undefined) return `< ${percent(below)} %`;
    return Number.isFinite(below) ? `${percent(from)}–${percent(below)} %` : `${percent(from)} % and more`;
  });
}

/** What is said of a cell: own label, nearest label, count. */
export function cellLines(model: HeatMapModel, cell: number): string[] {
  const { row, column } = placeOf(model, cell);
  const [count, compared] = [model.counts[cell] ?? 0, model.compared[row] ?? 0];
  const share = compared === 0 ? '' : ` (${formatShare(count / compared)} of ${formatCount(compared)})`;
  const own = model.names[row] ?? '';
  const what =
    row === column
      ? `${own}: nearest to its own centroid`
      : `${own} mistaken for ${model.names[column] ?? ''}`;
  return [what, `${counted(count, 'image')}${share}`];
}

/** The cell that a key leads to; undefined for other keys. Page Down: the next most frequent mistake. */
export function cellAfter(model: HeatMapModel, key: string, from: number | undefined): number | undefined {
  const { size, mistakes } = model;
  if (size === 0) return undefined;
  const steps: Readonly<Record<string, readonly [number, number]>> = {
    ...{ ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] },
    ...{ Home: [0, -size], End: [0, size] },
  };
  const step = steps[key];
  if (step !== undefined) {
    if (from === undefined) return 0;
    const { row, column } = placeOf(model, from);
    const within = (value: number) => Math.max(0, Math.min(size - 1, value));
    return within(row + step[0]) * size + within(column + step[1]);
  }
  const by = { PageDown: 1, PageUp: -1 }[key];
  if (by === undefined) return undefined;
  const now = from === undefined ? -1 : mistakes.indexOf(from);
  const next = now < 0 ? 0 : Math.max(0, Math.min(mistakes.length - 1, now + by));
  return mistakes[next] ?? from;
}
