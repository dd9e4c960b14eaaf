/** The controls above the canvases: axes, zoom, lasso, list. */
import { counted } from '@verger/core';
import { element } from '../elements.ts';
import type { Actions } from './actions.ts';
import { axisName } from './draw-base.ts';
import { pointsInside } from './lasso.ts';
import { LABEL_ROWS } from './model.ts';
import { isShown, type Scene } from './scene.ts';
import { zoomed } from './view.ts';

/** Controls of a scatter. */
export interface Toolbar {
  readonly element: HTMLElement;
  /** Shows what the scene is set to. */
  update(): void;
}

/** One press of a zoom button or key. */
export const ZOOM_STEP = 1.5;

/** The view enlarged around its middle, or around a point. */
export function zoomBy(scene: Scene, factor: number): Scene['view'] {
  const { view, plane, current } = scene;
  const middle = { x: (view.x0 + view.x1) / 2, y: (view.y0 + view.y1) / 2 };
  const at = current === -1 ? middle : { x: plane.x[current] ?? middle.x, y: plane.y[current] ?? middle.y };
  return zoomed(view, plane.whole, { factor, at });
}

/** The shown points that the view does not cut off: what a lasso around everything would hold. */
export function pointsInView(scene: Scene): number[] {
  const { x0, x1, y0, y1 } = scene.view;
  return pointsInside([x0, y0, x1, y0, x1, y1, x0, y1], scene.plane, (point) => isShown(scene, point));
}

/** Makes the controls. */
export function openToolbar(scene: Scene, actions: Actions, variance: readonly number[]): Toolbar {
  const { components } = scene.model.points;
  const axis = (name: string) => {
    const options = Array.from({ length: components }, (_, at) =>
      element('option', { value: at, text: axisName(at, variance) }),
    );
    const select = element('select', {}, options);
    return { select, label: element('label', {}, [`${name} `, select]) };
  };
  const [across, up] = [axis('Across'), axis('Up')];
  const button = (text: string, name: string, act: () => void) => {
    const made = element('button', { type: 'button', class: 'plain', text, title: name, 'aria-label': name });
    made.addEventListener('click', act);
    return made;
  };
  const lasso = button('Lasso', 'Lasso: draw around points to list them (or Shift and drag)', () =>
    actions.setLasso(!scene.isLasso),
  );
  const list = button('List in view', 'List in view: the images that are shown', () =>
    actions.choose(pointsInView(scene)),
  );
  const chosen = button('', 'Go to the list of the chosen images', actions.showList);
  chosen.removeAttribute('aria-label');
  chosen.classList.add('scatter-said');
  for (const { select } of [across, up]) {
    select.addEventListener('change', () =>
      actions.setAxes({
        x: Number(across.select.value),
        y: components > 1 ? Number(up.select.value) : LABEL_ROWS,
      }),
    );
  }
  const zoom = element('div', { class: 'scatter-group', role: 'group', 'aria-label': 'Zoom' }, [
    button('−', '− Zoom out', () => actions.setView(zoomBy(scene, 1 / ZOOM_STEP))),
    button('+', '+ Zoom in', () => actions.setView(zoomBy(scene, ZOOM_STEP))),
    button('Reset', 'Reset: show all points', () => actions.setView(scene.plane.whole)),
  ]);
  return {
    element: element('div', { class: 'scatter-bar' }, [
      ...(components > 1 ? [across.label, up.label] : []),
      ...[zoom, lasso, list, chosen],
    ]),
    update: () => {
      across.select.value = String(scene.axes.x);
      up.select.value = String(scene.axes.y);
      lasso.setAttribute('aria-pressed', String(scene.isLasso));
      const count = scene.chosen?.points.length ?? 0;
      chosen.hidden = count === 0 && !scene.isLasso;
      chosen.disabled = count === 0 || scene.isLasso;
      chosen.textContent = scene.isLasso
        ? 'Draw around points'
        : `${counted(count, 'image')} chosen, listed below ↓`;
    },
  };
}
