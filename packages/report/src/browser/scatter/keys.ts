/** The keyboard of the canvas: it walks points. */
import type { Actions } from './actions.ts';
import type { Ground } from './gestures.ts';
import { isShown, type Scene } from './scene.ts';
import { ZOOM_STEP, zoomBy } from './toolbar.ts';
import { type Frame, scaleOf } from './view.ts';
import { nextShown } from './visibility.ts';
import { type Direction, nearestTo, neighbour, type Walk } from './walk.ts';

/** What the keys do, for the page to say. */
export const KEYS_HINT =
  'Keys: arrows go to the nearest point in that direction, [ and ] to another label, Enter pins the card, ' +
  'Escape clears, + and − zoom, 0 shows all.';

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ...{ ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' },
};

/** Listens to the keys of the canvas, as long as it is there. */
export function openKeys({ scene, stage, actions }: Ground): void {
  stage.overlay.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (pressKey(event.key, scene, actions, stage.frame())) event.preventDefault();
  });
}

/** Does what a key means; false for one that means nothing here. */
function pressKey(key: string, scene: Scene, actions: Actions, frame: Frame): boolean {
  const direction = DIRECTIONS[key];
  if (direction !== undefined) walkTo(stepIn(direction, scene, frame), actions);
  else if (key === '[' || key === ']') walkTo(labelPoint(key === ']' ? 1 : -1, scene, frame), actions);
  else if (key === 'Enter' || key === ' ') pin(scene, actions, frame);
  else if (key === 'Escape') return clear(scene, actions);
  else if (key === '+' || key === '=') actions.setView(zoomBy(scene, ZOOM_STEP));
  else if (key === '-' || key === '−') actions.setView(zoomBy(scene, 1 / ZOOM_STEP));
  else if (key === '0') actions.setView(scene.plane.whole);
  else return false;
  return true;
}

function walkTo(point: number, actions: Actions): void {
  if (point !== -1) actions.point(point, { isPinned: false, isSaid: true });
}

function walkOf(scene: Scene, frame: Frame, accepts: Walk['accepts']): Walk {
  const { plane, view } = scene;
  return { x: plane.x, y: plane.y, scale: scaleOf(view, frame), accepts };
}

function stepIn(direction: Direction, scene: Scene, frame: Frame): number {
  const walk = walkOf(scene, frame, (point) => isShown(scene, point));
  const { view, current } = scene;
  if (current !== -1) return neighbour(current, direction, walk);
  return nearestTo({ x: (view.x0 + view.x1) / 2, y: (view.y0 + view.y1) / 2 }, walk);
}

/** Of the next label the point nearest to its centroid: not an odd one. */
function labelPoint(by: 1 | -1, scene: Scene, frame: Frame): number {
  const { model, current, axes, view } = scene;
  const from = current === -1 ? (by === 1 ? -1 : 0) : (model.groups[current] ?? 0);
  let group = from;
  // A label may have no point in a sample.
  for (let tries = 0; tries < scene.shown.length; tries += 1) {
    group = nextShown(scene.shown, group, by);
    if (group === -1) return -1;
    const centroid = model.labels[group]?.centroid;
    const at = {
      x: centroid?.[axes.x] ?? (view.x0 + view.x1) / 2,
      y: centroid?.[axes.y] ?? (view.y0 + view.y1) / 2,
    };
    const wanted = group;
    const walk = walkOf(scene, frame, (point) => model.groups[point] === wanted);
    const point = nearestTo(at, walk);
    if (point !== -1) return point;
  }
  return -1;
}

function pin(scene: Scene, actions: Actions, frame: Frame): void {
  if (scene.current === -1) walkTo(stepIn('right', scene, frame), actions);
  else actions.point(scene.current, { isPinned: !scene.isPinned, isSaid: true });
}

function clear(scene: Scene, actions: Actions): boolean {
  if (scene.current !== -1) actions.point(-1, { isPinned: false, isSaid: true });
  else if (scene.chosen !== null) actions.choose(null);
  else if (scene.isLasso) actions.setLasso(false);
  else return false;
  return true;
}
