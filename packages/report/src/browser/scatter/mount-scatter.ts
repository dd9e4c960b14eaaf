import type { LabelFacts, Points } from '../../data/report-data.ts';
import { element } from '../elements.ts';
import type { Sprites } from '../sprites.ts';
import { openCard } from './card.ts';
import { openChosen } from './chosen.ts';
import { KEYS_HINT, openKeys } from './keys.ts';
import { openLegend } from './legend.ts';
import { modelOf } from './model.ts';
import { openPointer } from './pointer.ts';
import { fillPrinted, onPrint } from './print.ts';
import { type Scene, sceneOf } from './scene.ts';
import { type Display, sceneActions } from './scene-actions.ts';
import { openStage } from './stage.ts';
import { openToolbar } from './toolbar.ts';
import { isWhole } from './view.ts';
import { allShown, onlyShown } from './visibility.ts';
import { canvasName, countWords } from './words.ts';

/** What a scatter shows. */
export interface ScatterOptions {
  readonly points: Points;
  readonly labels: readonly LabelFacts[];
  readonly sprites: Sprites;
  /** Shares of the variance, one per component. */
  readonly variance: readonly number[];
  /** Where the whole photograph is, in the dashboard; undefined in a report, which asks for nothing. */
  readonly photographUrl?: ((path: string) => string) | undefined;
}

/** A scatter on the page. */
export interface Scatter {
  /** Shows only these labels (places in `labels`); null: all. */
  isolate(labels: readonly number[] | null): void;
  /** Removes it and what it listens to. */
  destroy(): void;
}

const POINTER_HINT =
  'Drag moves, the wheel zooms, double click shows all. A click pins the card. ' +
  'Shift and drag, or the lasso button, lists the images inside.';
let mounted = 0;

/** Fills `place` with the scatter, its legend and its list of chosen paths. */
export function mountScatter(place: HTMLElement, options: ScatterOptions): Scatter {
  const { points, labels, variance } = options;
  const scene = sceneOf(modelOf(points, labels));
  const stage = openStage(scene, { variance, onTheme: () => legend.update(stage.theme().scheme) });
  const live = element('p', { class: 'scatter-live small', 'aria-live': 'polite' });
  const showCard = () => card.update(scene, { frame: stage.frame(), scheme: stage.theme().scheme });
  const display: Display = {
    showAll: () => {
      legend.update(stage.theme().scheme);
      stage.draw();
      showCard();
    },
    request: stage.request,
    showPoint: () => {
      stage.drawOverlay();
      showCard();
    },
    showChosen: () => chosen.update(scene.chosen?.points ?? null),
    showList: () => chosen.show(),
    showControls: () => {
      toolbar.update();
      showCanvas(stage.overlay, scene, variance);
    },
    say: (words) => {
      live.textContent = words;
    },
  };
  const actions = sceneActions(scene, display);
  const card = openCard(options);
  const toolbar = openToolbar(scene, actions, variance);
  const legend = openLegend(scene, actions);
  const chosen = openChosen(scene.model, actions);
  const printed = element('ul', { class: 'scatter-printed', 'aria-hidden': 'true' });
  stage.element.append(card.element);
  const main = [stage.element, live, hintOf(stage.overlay), chosen.element];
  const head = [toolbar.element, element('p', { class: 'muted scatter-note', text: countWords(points) })];
  const body = [element('div', { class: 'scatter-main' }, main), legend.element, printed];
  const root = element('div', { class: 'scatter' }, [
    element('div', { class: 'scatter-head' }, head),
    element('div', { class: 'scatter-body' }, body),
  ]);
  const endPointer = openPointer({ scene, stage, actions });
  openKeys({ scene, stage, actions });
  const endPrint = onPrint((isPrint) => {
    if (isPrint) fillPrinted(printed, scene);
    stage.setPrint(isPrint);
  });
  place.replaceChildren(root);
  display.showControls();
  legend.update(stage.theme().scheme);
  return {
    isolate: (only) =>
      actions.show(only === null ? allShown(scene.shown.length) : onlyShown(scene.shown, only)),
    destroy: () => {
      for (const end of [endPointer, endPrint, stage.destroy, card.destroy, legend.destroy]) end();
      root.remove();
    },
  };
}

/** How to use the plot, as text and as the description of the canvas. */
function hintOf(canvas: HTMLElement): HTMLElement {
  mounted += 1;
  const id = `scatter-hint-${mounted}`;
  canvas.setAttribute('aria-describedby', id);
  return element('details', { class: 'scatter-hint small' }, [
    element('summary', { text: 'How to use the plot' }),
    element('p', { id, text: `${KEYS_HINT} ${POINTER_HINT}` }),
  ]);
}

/** Names the canvas, and lets a finger scroll the page until there is something to move. */
function showCanvas(canvas: HTMLElement, scene: Scene, variance: readonly number[]): void {
  canvas.setAttribute('aria-label', canvasName(scene, variance));
  const isFree = scene.isLasso || !isWhole(scene.view, scene.plane.whole);
  canvas.style.touchAction = isFree ? 'none' : 'pan-y';
  canvas.classList.toggle('lasso', scene.isLasso);
}
