/** What gestures on the canvas mean for the scene. */
import type { Actions } from './actions.ts';
import { pointsInside } from './lasso.ts';
import { isShown, type Scene } from './scene.ts';
import type { Stage } from './stage.ts';
import { type Place, panned, scaleOf, toPlane, zoomed } from './view.ts';

/** What gestures work on. */
export interface Ground {
  readonly scene: Scene;
  readonly stage: Stage;
  readonly actions: Actions;
}

/** How near a point must be, CSS pixels: a finger covers more than a mouse. */
const RADIUS = { mouse: 14, touch: 28 };

/** The shown point nearest to a place of the canvas; -1 where none is near. */
export function pointAt(at: Place, { scene, stage }: Ground, isTouch = false): number {
  const scale = scaleOf(scene.view, stage.frame());
  const radius = isTouch ? RADIUS.touch : RADIUS.mouse;
  const accepts = (point: number) => isShown(scene, point);
  return scene.plane.index.nearest(toPlane(scene.view, stage.frame(), at), { scale, radius, accepts });
}

/** Moves the view with what was at one place to another. */
export function pan(from: Place, to: Place, { scene, stage, actions }: Ground): void {
  const scale = scaleOf(scene.view, stage.frame());
  const by = { x: (from.x - to.x) / scale.x, y: (to.y - from.y) / scale.y };
  actions.setView(panned(scene.view, scene.plane.whole, by));
}

/** Zooms by how far two fingers are from each other, where one has moved. */
export function pinch(
  { from, to, other }: Readonly<Record<'from' | 'to' | 'other', Place>>,
  { scene, stage, actions }: Ground,
): void {
  const factor = distance(to, other) / Math.max(1, distance(from, other));
  const middle = { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 };
  const at = toPlane(scene.view, stage.frame(), middle);
  actions.setView(zoomed(scene.view, scene.plane.whole, { factor, at }));
}

/** Takes the shown points inside an outline on the canvas. */
export function chooseInside(corners: readonly Place[], { scene, stage, actions }: Ground): void {
  const flat = corners.flatMap((corner) => {
    const { x, y } = toPlane(scene.view, stage.frame(), corner);
    return [x, y];
  });
  actions.choose(pointsInside(flat, scene.plane, (point) => isShown(scene, point)));
}

/** Between two places, CSS pixels. */
export function distance(one: Place, other: Place): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
