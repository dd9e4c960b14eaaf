/** What the scatter says in words. */
import { counted, formatCount, printable } from '@verger/core';
import { axisName } from './draw-base.ts';
import { LABEL_ROWS, nearestLabels } from './model.ts';
import type { Scene } from './scene.ts';
import { positionText } from './ticks.ts';

/** How many points there are, of how many rows. */
export function countWords({ count, rows }: { readonly count: number; readonly rows: number }): string {
  if (count < rows) return `${formatCount(count)} of ${formatCount(rows)} rows, an even sample`;
  return counted(count, 'image');
}

/** The name of the canvas for those who do not see it. */
export function canvasName({ model, axes }: Scene, variance: readonly number[]): string {
  const names = `${axisName(axes.x, variance)} across, ${axisName(axes.y, variance)} up`;
  return `Scatter of ${countWords(model.points)}, ${counted(model.names.length, 'label')}: ${names}`;
}

/** The current point: path, label, position, and a nearest label that is not its own. */
export function pointWords(scene: Scene): string {
  const { model, plane, axes, current, isPinned } = scene;
  if (current === -1) return '';
  const group = model.groups[current] ?? 0;
  const [nearest] = nearestLabels(model, current);
  const parts = [
    printable(model.points.paths[current] ?? ''),
    `label ${model.names[group] ?? ''}`,
    `PC ${axes.x + 1} ${positionText(plane.x[current] ?? 0)}`,
    ...(axes.y === LABEL_ROWS ? [] : [`PC ${axes.y + 1} ${positionText(plane.y[current] ?? 0)}`]),
  ];
  if (nearest !== undefined && !nearest.isOwn) parts.push(`nearest to ${nearest.name}`);
  if (isPinned) parts.push('pinned');
  return parts.join(', ');
}
