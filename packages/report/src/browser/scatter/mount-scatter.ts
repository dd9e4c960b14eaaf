import type { LabelFacts, Points } from '../../data/report-data.ts';
import { element } from '../elements.ts';
import type { Sprites } from '../sprites.ts';
import type { Actions } from './actions.ts';
import { openCard } from './card.ts';
import { openChosen } from './chosen.ts';
import { KEYS_HINT, pressKey } from './keys.ts';
import { openLegend } from './legend.ts';
import { measured } from './measured.ts';
import { modelOf } from './model.ts';
import { openPointer } from './pointer.ts';
import { fillPrinted, onPrint } from './print.ts';
import { isShown, planeOf, sceneOf } from './scene.ts';
import { openStage } from './stage.ts';
import { openToolbar } from './toolbar.ts';
import { isWhole, revealing } from './view.ts';
import { allShown, onlyShown } from './visibility.ts';
import { canvasName, countWords, pointWords } from './words.ts';

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

const WHEEL_HINT =
  'Drag moves, the wheel zooms, double click shows all. A click pins the card. ' +
  'Shift and drag, or the lasso button, lists the images inside.';
let mounted = 0;

/** Fills `place` with the scatter, its legend and its list of chosen paths. */
export function mountScatter(place: HTMLElement, options: ScatterOptions): Scatter {
  const { points, labels, variance } = options;
  const scene = sceneOf(modelOf(points, labels));
  mounted += 1;
  const hintId = `scatter-hint-${mounted}`;
  const stage = openStage(scene, { variance, onTheme: () => legend.update(stage.theme().scheme) });
  const actions = actionsOf();
  const card = openCard(options);
  const toolbar = openToolbar(scene, actions, variance);
  const legend = openLegend(scene, actions);
  const chosen = openChosen(scene.model, actions);
  const live = element('p', { class: 'scatter-live small', 'aria-live': 'polite' });
  const printed = element('ul', { class: 'scatter-printed', 'aria-hidden': 'true' });
  stage.element.append(card.element);
  stage.overlay.setAttribute('aria-describedby', hintId);
  const hint = element('details', { class: 'scatter-hint small' }, [
    element('summary', { text: 'How to use the plot' }),
    element('p', { id: hintId, text: `${KEYS_HINT} ${WHEEL_HINT}` }),
  ]);
  const count = element('p', { class: 'muted scatter-note', text: countWords(points) });
  const main = element('div', { class: 'scatter-main' }, [stage.element, live, hint, chosen.element]);
  const body = element('div', { class: 'scatter-body' }, [main, legend.element, printed]);
  const head = element('div', { class: 'scatter-head' }, [toolbar.element, count]);
  const root = element('div', { class: 'scatter' }, [head, body]);

  const rename = () => stage.overlay.setAttribute('aria-label', canvasName(scene, variance));
  const touch = () => {
    // A finger scrolls the page until there is something to move.
    const isFree = scene.isLasso || !isWhole(scene.view, scene.plane.whole);
    stage.overlay.style.touchAction = isFree ? 'none' : 'pan-y';
    stage.overlay.classList.toggle('lasso', scene.isLasso);
  };
  const showCard = () => card.update(scene, { frame: stage.frame(), scheme: stage.theme().scheme });

  function actionsOf(): Actions {
    return {
      show: (shown) =>
        measured('verger:filter', () => {
          scene.shown = shown;
          scene.emphasis = -1;
          if (scene.current !== -1 && !isShown(scene, scene.current)) scene.current = -1;
          legend.update(stage.theme().scheme);
          stage.draw();
          showCard();
        }),
      emphasise: (group) => {
        if (group === scene.emphasis) return;
        scene.emphasis = group;
        stage.request('verger:filter');
      },
      point: (point, { isPinned, isSaid }) => {
        const isSame = point === scene.current && isPinned === scene.isPinned;
        scene.current = point;
        scene.isPinned = isPinned && point !== -1;
        if (isSaid) live.textContent = pointWords(scene);
        if (isSame) return;
        if (isSaid && point !== -1) {
          const at = { x: scene.plane.x[point] ?? 0, y: scene.plane.y[point] ?? 0 };
          const view = revealing(scene.view, scene.plane.whole, at);
          if (view.x0 !== scene.view.x0 || view.y0 !== scene.view.y0) actions.setView(view);
        }
        stage.drawOverlay();
        showCard();
      },
      choose: (inside) => {
        const some = inside?.length === 0 ? null : inside;
        const marks = new Uint8Array(points.count);
        for (const point of some ?? []) marks[point] = 1;
        scene.chosen = some === null ? null : { points: some, marks };
        chosen.update(some);
        stage.request('verger:filter');
      },
      setView: (view) => {
        scene.view = view;
        touch();
        showCard();
        stage.request('verger:frame');
      },
      setAxes: (axes) => {
        scene.axes = axes;
        scene.plane = planeOf(scene.model, axes);
        scene.current = -1;
        actions.setView(scene.plane.whole);
        toolbar.update();
        rename();
      },
      setLasso: (isLasso) => {
        scene.isLasso = isLasso;
        toolbar.update();
        touch();
      },
    };
  }

  const endPointer = openPointer(scene, stage, actions);
  stage.overlay.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (pressKey(event.key, scene, actions, stage.frame())) event.preventDefault();
  });
  const endPrint = onPrint((isPrint) => {
    if (isPrint) fillPrinted(printed, scene);
    stage.setPrint(isPrint);
  });
  place.replaceChildren(root);
  toolbar.update();
  rename();
  touch();
  legend.update(stage.theme().scheme);
  return {
    isolate: (only) =>
      actions.show(only === null ? allShown(scene.shown.length) : onlyShown(scene.shown, only)),
    destroy: () => {
      endPointer();
      endPrint();
      stage.destroy();
      card.destroy();
      legend.destroy();
      root.remove();
    },
  };
}
