/** The two canvases of a scatter, as large and as sharp as their place. */
import { element, onColourScheme } from '../elements.ts';
import { drawBase, frameOf } from './draw-base.ts';
import { drawOverlay } from './draw-overlay.ts';
import { type Measured, measured } from './measured.ts';
import type { Scene } from './scene.ts';
import { type Theme, themeNow } from './theme.ts';
import type { Frame, Place } from './view.ts';

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
  const box = element('div', { class: 'scatter-stage' }, [base, overlay]);
  const context = base.getContext('2d', { alpha: false });
  const above = overlay.getContext('2d');
  if (context === null || above === null) throw new Error('this browser has no canvas');
  let [width, height, ratio] = [0, 0, 1];
  let isPrint = false;
  let theme = themeNow({ isPrint });
  let lasso: readonly Place[] = [];
  let asked = 0;

  const drawAbove = () => {
    above.setTransform(ratio, 0, 0, ratio, 0, 0);
    above.clearRect(0, 0, width, height);
    drawOverlay(above, { scene, frame: frameOf(width, height), theme, lasso });
  };
  const draw = () => {
    if (width === 0) return;
    cancelAnimationFrame(asked);
    asked = 0;
    drawBase(scene, { context, width, height, ratio, variance }, theme);
    drawAbove();
  };
  const resize = () => {
    const { clientWidth, clientHeight } = box;
    if (clientWidth === width && clientHeight === height && ratio === devicePixelRatio) return;
    [width, height, ratio] = [clientWidth, clientHeight, devicePixelRatio];
    for (const canvas of [base, overlay]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    draw();
  };
  const retheme = () => {
    theme = themeNow({ isPrint });
    onTheme();
    draw();
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
    frame: () => frameOf(width, height),
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
    },
  };
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
