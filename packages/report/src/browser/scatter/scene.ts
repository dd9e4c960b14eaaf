/** What a scatter shows at this moment. */
import { type GridIndex, gridIndex } from './grid-index.ts';
import { componentOf, LABEL_ROWS, labelRows, type Model } from './model.ts';
import { type Look, looksOf, type Scheme } from './palette.ts';
import { type View, wholeView } from './view.ts';
import { allShown, type Shown } from './visibility.ts';

/** Two components of all points. */
export interface Plane {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly whole: View;
  readonly index: GridIndex;
  /** The same points in the order of `index.points`: next to each other in memory as on the screen. */
  readonly sorted: { readonly x: Float32Array; readonly y: Float32Array; readonly groups: Uint16Array };
}

/** State of a scatter; its parts change it and then ask for a drawing. */
export interface Scene {
  readonly model: Model;
  /** Components, from 0; `y` is LABEL_ROWS where there is only one. */
  axes: { readonly x: number; readonly y: number };
  plane: Plane;
  view: View;
  shown: Shown;
  /** The group whose points are in front, the others dimmed; -1: none. */
  emphasis: number;
  /** Points of the lasso; `marks` [count] has 1 for each. */
  chosen: { readonly points: readonly number[]; readonly marks: Uint8Array } | null;
  /** The point whose card is shown; -1: none. */
  current: number;
  /** The card stays where the pointer leaves. */
  isPinned: boolean;
  /** A drag draws a lasso. */
  isLasso: boolean;
}

/** A scene of all points on the first two components; with only one, on that and rows of labels. */
export function sceneOf(model: Model): Scene {
  const axes = { x: 0, y: model.points.components > 1 ? 1 : LABEL_ROWS };
  const plane = planeOf(model, axes);
  return {
    ...{ model, axes, plane, view: plane.whole, shown: allShown(model.names.length), emphasis: -1 },
    ...{ chosen: null, current: -1, isPinned: false, isLasso: false },
  };
}

/** Two components as a plane. Cost: 8 ms for 100,000 points. */
export function planeOf(model: Model, axes: Scene['axes']): Plane {
  const { points, groups, order } = model;
  const x = componentOf(points, axes.x);
  const y = axes.y === LABEL_ROWS ? labelRows(model) : componentOf(points, axes.y);
  const index = gridIndex(x, y, order);
  const sorted = {
    x: Float32Array.from(index.points, (point) => x[point]!),
    y: Float32Array.from(index.points, (point) => y[point]!),
    groups: Uint16Array.from(index.points, (point) => groups[point]!),
  };
  return { x, y, whole: wholeView(x, y), index, sorted };
}

/** True for a point whose label is shown. */
export function isShown({ shown, model }: Scene, point: number): boolean {
  return shown[model.groups[point] ?? 0] === 1;
}

/** The looks of the labels in light or dark. */
export function looksIn({ model }: Scene, scheme: Scheme): readonly Look[] {
  return looksOf(model.names.length, scheme);
}
