/** Mouse, finger and pen on the canvas: hover, pin, pan, pinch, lasso. */
import { chooseInside, distance, type Ground, pan, pinch, pointAt } from './gestures.ts';
import { measured } from './measured.ts';
import type { Place } from './view.ts';
import { openWheel } from './wheel.ts';

/** A press that moves less, in CSS pixels, is a click. */
const CLICK_MOVE = 5;
/** Corners of a lasso are at least so far apart. */
const CORNER_STEP = 3;

/** What is pressed now. */
interface Press {
  /** Pointers that are down, by id. */
  readonly held: Map<number, Place>;
  start: Place;
  hasMoved: boolean;
  /** Corners so far, where a lasso is drawn. */
  lasso: Place[] | undefined;
}

/** Listens to the pointer; gives what ends that. */
export function openPointer(ground: Ground): () => void {
  const { scene, stage, actions } = ground;
  const { overlay } = stage;
  const ending = new AbortController();
  const { signal } = ending;
  const press: Press = { held: new Map(), start: { x: 0, y: 0 }, hasMoved: false, lasso: undefined };
  overlay.addEventListener('pointerdown', (event) => pressed(event, press, ground), { signal });
  overlay.addEventListener(
    'pointermove',
    (event) => {
      if (press.held.has(event.pointerId)) dragged(event, press, ground);
      else if (event.pointerType !== 'touch' && press.held.size === 0) hovered(event, ground);
    },
    { signal },
  );
  overlay.addEventListener('pointerup', (event) => released(event, press, ground), { signal });
  overlay.addEventListener('pointercancel', (event) => released(event, press, ground), { signal });
  overlay.addEventListener(
    'pointerleave',
    () => {
      if (!scene.isPinned && press.held.size === 0) actions.point(-1, { isPinned: false, isSaid: false });
    },
    { signal },
  );
  // Two fingers are ours, even where one scrolls the page.
  const touched = (event: TouchEvent) => {
    if (event.touches.length > 1) event.preventDefault();
  };
  overlay.addEventListener('touchstart', touched, { signal, passive: false });
  overlay.addEventListener('dblclick', () => actions.setView(scene.plane.whole), { signal });
  openWheel(ground, signal);
  return () => ending.abort();
}

const placeOf = ({ offsetX, offsetY }: MouseEvent): Place => ({ x: offsetX, y: offsetY });

function hovered(event: PointerEvent, ground: Ground): void {
  if (ground.scene.isPinned) return;
  measured('verger:hover', () =>
    ground.actions.point(pointAt(placeOf(event), ground), { isPinned: false, isSaid: false }),
  );
}

function pressed(event: PointerEvent, press: Press, { scene, stage, actions }: Ground): void {
  if (event.button !== 0) return;
  const at = placeOf(event);
  stage.overlay.setPointerCapture(event.pointerId);
  press.held.set(event.pointerId, at);
  press.start = at;
  press.hasMoved = press.held.size > 1;
  const isLasso = (scene.isLasso || event.shiftKey) && press.held.size === 1;
  if (isLasso) actions.point(-1, { isPinned: false, isSaid: true });
  press.lasso = isLasso ? [at] : undefined;
}

function dragged(event: PointerEvent, press: Press, ground: Ground): void {
  const to = placeOf(event);
  const { held, lasso } = press;
  press.hasMoved ||= distance(press.start, to) > CLICK_MOVE;
  if (!press.hasMoved) return;
  if (lasso !== undefined) {
    if (distance(lasso.at(-1) ?? to, to) < CORNER_STEP) return;
    lasso.push(to);
    ground.stage.setLasso(lasso);
    return;
  }
  ground.stage.overlay.classList.add('dragged');
  const from = held.get(event.pointerId) ?? to;
  const [other] = [...held].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
  if (other === undefined) pan(from, to, ground);
  else pinch({ from, to, other }, ground);
  held.set(event.pointerId, to);
}

function released(event: PointerEvent, press: Press, ground: Ground): void {
  if (!press.held.delete(event.pointerId)) return;
  const { scene, stage, actions } = ground;
  stage.overlay.classList.remove('dragged');
  const { lasso, hasMoved } = press;
  press.lasso = undefined;
  stage.setLasso([]);
  if (event.type === 'pointercancel') return;
  if (lasso !== undefined && lasso.length > 2) {
    chooseInside(lasso, ground);
    return;
  }
  if (hasMoved) return;
  const point = pointAt(placeOf(event), ground, event.pointerType === 'touch');
  const isAgain = point === scene.current && scene.isPinned;
  measured('verger:hover', () =>
    actions.point(isAgain ? -1 : point, { isPinned: !isAgain && point !== -1, isSaid: true }),
  );
}
