/** Mouse, finger and pen on the canvas: hover, pin, pan, pinch, lasso. */
import type { Actions } from './actions.ts';
import { pointsInside } from './lasso.ts';
import { measured } from './measured.ts';
import { isShown, type Scene } from './scene.ts';
import type { Stage } from './stage.ts';
import { type Place, panned, scaleOf, toPlane, zoomed } from './view.ts';
import { openWheel } from './wheel.ts';

/** How near a point must be, CSS pixels. */
const HOVER_RADIUS = { mouse: 14, touch: 28 };
/** A press that moves less is a click. */
const CLICK_MOVE = 5;
/** Corners of a lasso are at least so far apart. */
const CORNER_STEP = 3;

/** Listens to the pointer; gives what ends that. */
export function openPointer(scene: Scene, stage: Stage, actions: Actions): () => void {
  const { overlay } = stage;
  const ending = new AbortController();
  const { signal } = ending;
  const held = new Map<number, Place>();
  let start: Place | undefined;
  let hasMoved = false;
  let lasso: Place[] | undefined;

  const placeOf = ({ offsetX, offsetY }: MouseEvent): Place => ({ x: offsetX, y: offsetY });
  const hover = (at: Place, radius: number) => {
    const scale = scaleOf(scene.view, stage.frame());
    const plane = toPlane(scene.view, stage.frame(), at);
    const accepts = (point: number) => isShown(scene, point);
    return scene.plane.index.nearest(plane, { scale, radius, accepts });
  };
  const panBy = (from: Place, to: Place) => {
    const scale = scaleOf(scene.view, stage.frame());
    const by = { x: (from.x - to.x) / scale.x, y: (to.y - from.y) / scale.y };
    actions.setView(panned(scene.view, scene.plane.whole, by));
  };
  const pinch = (id: number, to: Place) => {
    const [other] = [...held].filter(([one]) => one !== id).map(([, place]) => place);
    const before = held.get(id);
    if (other === undefined || before === undefined) return;
    const factor = distance(to, other) / Math.max(1, distance(before, other));
    const middle = { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 };
    const at = toPlane(scene.view, stage.frame(), middle);
    actions.setView(zoomed(scene.view, scene.plane.whole, { factor, at }));
  };
  const closeLasso = (corners: readonly Place[]) => {
    stage.setLasso([]);
    const flat = corners.flatMap((corner) => {
      const { x, y } = toPlane(scene.view, stage.frame(), corner);
      return [x, y];
    });
    const inside = pointsInside(flat, scene.plane, (point) => isShown(scene, point));
    actions.choose(inside);
  };

  overlay.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      const at = placeOf(event);
      overlay.setPointerCapture(event.pointerId);
      held.set(event.pointerId, at);
      start = at;
      hasMoved = held.size > 1;
      const isLasso = (scene.isLasso || event.shiftKey) && held.size === 1;
      if (isLasso) actions.point(-1, { isPinned: false, isSaid: true });
      lasso = isLasso ? [at] : undefined;
    },
    { signal },
  );
  overlay.addEventListener(
    'pointermove',
    (event) => {
      const at = placeOf(event);
      const before = held.get(event.pointerId);
      if (before === undefined) {
        if (event.pointerType === 'touch' || scene.isPinned || held.size > 0) return;
        measured('verger:hover', () =>
          actions.point(hover(at, HOVER_RADIUS.mouse), { isPinned: false, isSaid: false }),
        );
        return;
      }
      if (start !== undefined && distance(start, at) > CLICK_MOVE) hasMoved = true;
      if (!hasMoved) return;
      if (lasso !== undefined) {
        if (distance(lasso.at(-1) ?? at, at) < CORNER_STEP) return;
        lasso.push(at);
        stage.setLasso(lasso);
        return;
      }
      overlay.classList.add('dragged');
      if (held.size > 1) pinch(event.pointerId, at);
      else panBy(before, at);
      held.set(event.pointerId, at);
    },
    { signal },
  );
  // Two fingers are ours, even where one scrolls the page.
  overlay.addEventListener(
    'touchstart',
    (event) => {
      if (event.touches.length > 1) event.preventDefault();
    },
    { signal, passive: false },
  );
  const release = (event: PointerEvent) => {
    if (!held.delete(event.pointerId)) return;
    overlay.classList.remove('dragged');
    const corners = lasso;
    lasso = undefined;
    const isCancelled = event.type === 'pointercancel';
    if (corners !== undefined && corners.length > 2 && !isCancelled) {
      closeLasso(corners);
      return;
    }
    stage.setLasso([]);
    if (hasMoved || isCancelled) return;
    const isTouch = event.pointerType === 'touch';
    const point = hover(placeOf(event), isTouch ? HOVER_RADIUS.touch : HOVER_RADIUS.mouse);
    const isAgain = point === scene.current && scene.isPinned;
    measured('verger:hover', () =>
      actions.point(isAgain ? -1 : point, { isPinned: !isAgain && point !== -1, isSaid: true }),
    );
  };
  overlay.addEventListener('pointerup', release, { signal });
  overlay.addEventListener('pointercancel', release, { signal });
  overlay.addEventListener(
    'pointerleave',
    () => {
      if (!scene.isPinned && held.size === 0) actions.point(-1, { isPinned: false, isSaid: false });
    },
    { signal },
  );
  overlay.addEventListener('dblclick', () => actions.setView(scene.plane.whole), { signal });
  openWheel(scene, stage, { actions, signal });
  return () => ending.abort();
}

const distance = (one: Place, other: Place) => Math.hypot(one.x - other.x, one.y - other.y);
