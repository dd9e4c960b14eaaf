import { measured } from './canvas.ts';
import type { TimelineView } from './timeline-view.ts';

/** A shorter drag is a click. Pixels. */
const SHORTEST_DRAG = 6;

/** Lets pointer, wheel, keyboard and buttons change a timeline; gives what ends that. */
export function listenToTimeline(view: TimelineView): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  listenToPointer(view, signal);
  listenToKeys(view, signal);
  view.scroll.addEventListener('wheel', (event) => onWheel(view, event), { signal, passive: false });
  const [closer, wider, earlier, later, whole] = view.buttons;
  const acts: readonly (readonly [HTMLButtonElement | undefined, () => void])[] = [
    [closer, () => view.zoom(2)],
    [wider, () => view.zoom(0.5)],
    [earlier, () => view.pan(-0.5)],
    [later, () => view.pan(0.5)],
    [whole, () => view.whole()],
  ];
  for (const [button, act] of acts) button?.addEventListener('click', act, { signal });
  return () => ending.abort();
}

/** Ctrl, or a chart that has the focus: zoom; sideways or Shift: move; else the page scrolls. */
function onWheel(view: TimelineView, event: WheelEvent): void {
  const sideways = event.shiftKey ? event.deltaY + event.deltaX : event.deltaX;
  if (event.shiftKey || Math.abs(sideways) > Math.abs(event.deltaY)) {
    event.preventDefault();
    view.pan(Math.sign(sideways) * Math.min(0.25, Math.abs(sideways) / 800));
    return;
  }
  const scrolls = view.scroll.scrollHeight > view.scroll.clientHeight;
  const isOurs = document.activeElement === view.canvas && !scrolls;
  if (!event.ctrlKey && !event.metaKey && !isOurs) return;
  event.preventDefault();
  view.zoom(Math.exp(-event.deltaY / 300), xWithin(view, event));
}

const xWithin = (view: TimelineView, event: MouseEvent) =>
  event.clientX - view.canvas.getBoundingClientRect().left;

function listenToPointer(view: TimelineView, signal: AbortSignal): void {
  const { canvas } = view;
  let begun: number | undefined;
  let last = 0;
  canvas.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      begun = last = xWithin(view, event);
      if (event.pointerType === 'mouse') canvas.setPointerCapture(event.pointerId);
    },
    { signal },
  );
  canvas.addEventListener(
    'pointermove',
    (event) => {
      const x = xWithin(view, event);
      if (begun === undefined) {
        const { top } = canvas.getBoundingClientRect();
        measured('verger:hover', () => view.hover(x, event.clientY - top));
      } else if (event.shiftKey || event.pointerType !== 'mouse') {
        view.drag(last - x);
      } else view.span([begun, x]);
      last = x;
    },
    { signal },
  );
  const end = (event: PointerEvent, isDone: boolean) => {
    const from = begun;
    begun = undefined;
    view.span(undefined);
    const x = xWithin(view, event);
    if (!isDone || from === undefined || event.shiftKey || event.pointerType !== 'mouse') return;
    if (Math.abs(x - from) < SHORTEST_DRAG) return;
    const [left, right] = [view.placeOf(Math.min(from, x)), view.placeOf(Math.max(from, x))];
    view.show({ from: left, to: right });
  };
  canvas.addEventListener('pointerup', (event) => end(event, true), { signal });
  canvas.addEventListener('pointercancel', (event) => end(event, false), { signal });
  canvas.addEventListener('pointerleave', () => view.leave(), { signal });
  canvas.addEventListener('dblclick', () => view.whole(), { signal });
}

function listenToKeys(view: TimelineView, signal: AbortSignal): void {
  const acts: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => view.step(-1, 0),
    ArrowRight: () => view.step(1, 0),
    ArrowUp: () => view.step(0, -1),
    ArrowDown: () => view.step(0, 1),
    PageUp: () => view.pan(-0.5),
    PageDown: () => view.pan(0.5),
    '+': () => view.zoom(2),
    '=': () => view.zoom(2),
    '-': () => view.zoom(0.5),
    '0': () => view.whole(),
    Home: () => view.whole(),
    Escape: () => view.leave(),
  };
  view.canvas.addEventListener(
    'keydown',
    (event) => {
      const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : acts[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    },
    { signal },
  );
  view.canvas.addEventListener('blur', () => view.leave(), { signal });
}
