/** The wheel over the canvas: it zooms where that is meant, and else scrolls the page. */
import type { Ground } from './gestures.ts';
import { isWhole, toPlane, zoomed } from './view.ts';

/** After the page has scrolled, the wheel goes on scrolling it for so long. */
const SCROLL_MS = 400;
/** Of one event, so that a fast wheel does not jump. */
const MOST_DELTA = 300;

/**
 * Listens to the wheel until the signal. It zooms where the canvas has the focus, Ctrl is held, or the
 * pointer has moved on the canvas; not while the page is scrolled and the canvas comes under the pointer by
 * that.
 */
export function openWheel({ scene, stage, actions }: Ground, signal: AbortSignal): void {
  const { overlay } = stage;
  let scrolledAt = Number.NEGATIVE_INFINITY;
  let hasMoved = false;
  let last = { x: -1, y: -1 };
  const moved = ({ clientX, clientY }: PointerEvent) => {
    // A browser sends a move also where only the page has moved.
    hasMoved ||= last.x !== -1 && (clientX !== last.x || clientY !== last.y);
    last = { x: clientX, y: clientY };
  };
  const left = () => {
    hasMoved = false;
    last = { x: -1, y: -1 };
  };
  const scrolled = () => {
    scrolledAt = performance.now();
    hasMoved = false;
  };
  const turned = (event: WheelEvent) => {
    const isAsked = event.ctrlKey || event.metaKey || document.activeElement === overlay;
    const isMeant = isAsked || (hasMoved && performance.now() - scrolledAt > SCROLL_MS);
    // Nothing is smaller than the whole: the page scrolls on.
    const isDone = event.deltaY > 0 && isWhole(scene.view, scene.plane.whole);
    if (!isMeant || (isDone && !event.ctrlKey)) return;
    event.preventDefault();
    const at = toPlane(scene.view, stage.frame(), { x: event.offsetX, y: event.offsetY });
    actions.setView(zoomed(scene.view, scene.plane.whole, { factor: factorOf(event), at }));
  };
  overlay.addEventListener('pointermove', moved, { signal });
  overlay.addEventListener('pointerleave', left, { signal });
  window.addEventListener('scroll', scrolled, { signal, passive: true });
  overlay.addEventListener('wheel', turned, { signal, passive: false });
}

function factorOf({ deltaY, deltaMode, ctrlKey }: WheelEvent): number {
  const pixels = deltaMode === WheelEvent.DOM_DELTA_LINE ? deltaY * 16 : deltaY;
  // Touchpads send a pinch as small turns with Ctrl.
  const strength = ctrlKey ? 0.01 : 0.0015;
  return Math.exp(-Math.max(-MOST_DELTA, Math.min(MOST_DELTA, pixels)) * strength);
}
