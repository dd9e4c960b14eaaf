/** The two canvases of a scatter, as large and as sharp as their place. */
import { element, onColourScheme } from '../elements.ts';
import { drawBase, frameOf, type PixelStore } from './draw-base.ts';
import { drawOverlay } from './draw-overlay.ts';
import { type Measured, measured } from './measured.ts';
import type { Scene } from './scene.ts';
import { type Theme, themeNow } from './theme.ts';
import type { Frame, Place } from './view.ts';

/** From so many points on a picture of a sharp screen is drawn coarsely first, while things move. */
const COARSE_POINTS = 15_000;
/** Without a change for so long it is drawn sharply. */
const STILL_MS = 160;

/** Canvases that draw a scene. */
export interface Stage {
  readonly element: HTMLElement;
  /** The upper canvas: it has the focus and the pointer. */
  readonly overlay: HTMLCanvasElement;
  frame(): Frame;
  theme(): Theme;
  /** Draws all at once. */
  draw(): void;
  /** Draws all with the next frame of the screen, once however often it is asked. */
  request(name: Measured): void;
  /** Draws the mark and the lasso: cheap. */
  drawOverlay(): void;
  setLasso(lasso: readonly Place[]): void;
  /** Draws for paper, or for the screen again. */
  setPrint(isPrint: boolean): void;
  destroy(): void;
}

/** Makes the canvases. `onTheme`: light and dark have changed places. */
export function openStage(
  scene: Scene,
  { variance, onTheme }: { variance: readonly number[]; onTheme: () => void },
): Stage {
  const base = element('canvas', { class: 'scatter-base', 'aria-hidden': 'true' });
  const overlay = element('canvas', { class: 'scatter-overlay', tabindex: 0, role: 'application' });
  const box = element('div', { class: 'scatter-stage' }, [overlay, base]);
  const context = base.getContext('2d', { alpha: false });
  const above = overlay.getContext('2d');
  if (context === null || above === null) throw new Error('this browser has no canvas');
  let [width, height, ratio] = [0, 0, 1];
  let isPrint = false;
  let theme = themeNow({ isPrint });
  const store: PixelStore = {};
  let lasso: readonly Place[] = [];
  let asked = 0;
  let still: ReturnType<typeof setTimeout> | undefined;

  const drawAbove = () => {
    above.setTransform(ratio, 0, 0, ratio, 0, 0);
    above.clearRect(0, 0, width, height);
    drawOverlay(above, { scene, frame: frameOf(width, height, theme.letters), theme, lasso });
  };
  const drawAt = (pixels: number) => {
    sizeTo(base, width * pixels, height * pixels);
    drawBase(scene, { context, width, height, ratio: pixels, variance, store }, theme);
    drawAbove();
  };
  const draw = () => {
    if (width === 0) return;
    cancelAnimationFrame(asked);
    clearTimeout(still);
    asked = 0;
    const isCoarse = ratio > 1 && scene.model.points.count >= COARSE_POINTS;
    drawAt(isCoarse ? 1 : ratio);
    if (isCoarse) still = setTimeout(() => drawAt(ratio), STILL_MS);
  };
  const resize = () => {
    const { clientWidth, clientHeight } = box;
    if (clientWidth === width && clientHeight === height && ratio === devicePixelRatio) return;
    theme = themeNow({ isPrint });
    [width, height, ratio] = [clientWidth, clientHeight, devicePixelRatio];
    sizeTo(overlay, width * ratio, height * ratio);
    clearTimeout(still);
    if (width > 0) drawAt(ratio);
  };
  const retheme = () => {
    theme = themeNow({ isPrint });
    onTheme();
    clearTimeout(still);
    if (width > 0) drawAt(ratio);
  };
  const observer = new ResizeObserver(() => {
    // Paper has another width; the picture is scaled to it.
    if (!isPrint) resize();
  });
  observer.observe(box);
  const endScheme = onColourScheme(retheme);
  const endRatio = onRatio(resize);
  return {
    ...{ element: box, overlay, draw, drawOverlay: drawAbove },
    frame: () => frameOf(width, height, theme.letters),
    theme: () => theme,
    request: (name) => {
      if (asked === 0) asked = requestAnimationFrame(() => measured(name, draw));
    },
    setLasso: (corners) => {
      lasso = corners;
      drawAbove();
    },
    setPrint: (is) => {
      if (is === isPrint) return;
      isPrint = is;
      retheme();
    },
    destroy: () => {
      observer.disconnect();
      endScheme();
      endRatio();
      cancelAnimationFrame(asked);
      clearTimeout(still);
    },
  };
}

function sizeTo(canvas: HTMLCanvasElement, width: number, height: number): void {
  const [wide, high] = [Math.round(width), Math.round(height)];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
}

/** Calls back when the window comes to a screen of other pixels; gives what ends that. */
function onRatio(changed: () => void): () => void {
  let query: MediaQueryList | undefined;
  const listen = () => {
    query?.removeEventListener('change', next);
    query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    query.addEventListener('change', next);
  };
  const next = () => {
    listen();
    changed();
  };
  listen();
  return () => query?.removeEventListener('change', next);
}
