/** The legend: search, show, hide and isolate labels. */
import { formatCount } from '@verger/core';
import { element } from '../elements.ts';
import type { Actions } from './actions.ts';
import { type LegendRows, openRows } from './legend-rows.ts';
import { measured } from './measured.ts';
import type { Scheme } from './palette.ts';
import { looksIn, type Scene } from './scene.ts';
import { countShown, found, isolated, onlyShown, toggled, withShown } from './visibility.ts';

/** A legend beside the canvases. */
export interface Legend {
  readonly element: HTMLElement;
  /** Shows what the scene shows. */
  update(scheme: Scheme): void;
  destroy(): void;
}

const HINT =
  'Click hides or shows a label, double click shows it alone. Keys: arrows move, Space hides or shows, ' +
  'Shift+Enter shows it alone. “all” and “none” mean the labels that the search found; Enter in the search ' +
  'shows only those. Numbers count the images of the run.';
const PAGE_ROWS = 10;
const MOVES: Readonly<Record<string, number>> = {
  ...{ ArrowDown: 1, ArrowUp: -1, PageDown: PAGE_ROWS, PageUp: -PAGE_ROWS },
  ...{ Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY },
};

/** Makes the legend of a scene; folded where the page is narrow. */
export function openLegend(scene: Scene, actions: Actions): Legend {
  const { names, counts } = scene.model;
  const rows = openRows();
  const search = element('input', { type: 'search', 'aria-label': 'Search labels', placeholder: 'Search' });
  const all = element('button', { type: 'button', class: 'plain', text: 'all' });
  const none = element('button', { type: 'button', class: 'plain', text: 'none' });
  const status = element('p', { class: 'muted small', role: 'status' });
  const title = element('summary', { text: `Labels (${formatCount(names.length)})` });
  const hint = element('details', { class: 'scatter-hint small' }, [
    element('summary', { text: 'How to use the list' }),
    element('p', { text: HINT }),
  ]);
  const bar = element('div', { class: 'scatter-search' }, [search, all, none]);
  const box = element('details', { class: 'scatter-legend' }, [title, bar, status, rows.element, hint]);
  box.open = !matchMedia('(max-width: 48rem)').matches;
  let groups = found(names, '');
  let scheme: Scheme = 'light';

  const update = () => {
    rows.update({ groups, names, counts, shown: scene.shown, looks: looksIn(scene, scheme) });
    const parts = [`${formatCount(countShown(scene.shown))} of ${formatCount(names.length)} shown`];
    if (search.value.trim() !== '') parts.unshift(`${formatCount(groups.length)} found`);
    status.textContent = parts.join(', ');
  };
  search.addEventListener('input', () => {
    measured('verger:filter', () => {
      groups = found(names, search.value);
      update();
    });
  });
  search.addEventListener('keydown', ({ key }) => {
    if (key === 'Enter' && groups.length > 0) actions.show(onlyShown(scene.shown, groups));
  });
  all.addEventListener('click', () => actions.show(withShown(scene.shown, groups, true)));
  none.addEventListener('click', () => actions.show(withShown(scene.shown, groups, false)));
  listenToRows(rows, scene, actions);
  return {
    element: box,
    update: (next) => {
      scheme = next;
      update();
    },
    destroy: rows.destroy,
  };
}

/** Mouse and keys on the rows. */
function listenToRows(rows: LegendRows, scene: Scene, actions: Actions): void {
  const list = rows.element;
  let over = -1;
  const emphasise = (group: number) => {
    if (group === over) return;
    over = group;
    actions.emphasise(group);
  };
  list.addEventListener('click', ({ target }) => {
    const group = rows.groupOf(target);
    if (group !== undefined) actions.show(toggled(scene.shown, group));
  });
  list.addEventListener('dblclick', ({ target }) => {
    // Its two clicks have hidden and shown the label.
    const group = rows.groupOf(target);
    if (group !== undefined) actions.show(isolated(scene.shown, group));
  });
  list.addEventListener('pointerover', ({ target, pointerType }) => {
    if (pointerType !== 'touch') emphasise(rows.groupOf(target) ?? -1);
  });
  list.addEventListener('pointerleave', () => emphasise(-1));
  list.addEventListener('focusin', ({ target }) => {
    if (target instanceof Element && target.matches(':focus-visible')) emphasise(rows.groupOf(target) ?? -1);
  });
  list.addEventListener('focusout', () => emphasise(-1));
  list.addEventListener('keydown', (event) => {
    if (pressKey(event, rows, { scene, actions })) event.preventDefault();
  });
}

/** Does what a key means on a row; false for one that means nothing here. */
function pressKey(
  { key, shiftKey, ctrlKey, metaKey, altKey, target }: KeyboardEvent,
  rows: LegendRows,
  { scene, actions }: { scene: Scene; actions: Actions },
): boolean {
  const group = rows.groupOf(target);
  if (group === undefined || ctrlKey || metaKey || altKey) return false;
  const move = MOVES[key];
  if (move !== undefined) rows.move(move);
  else if (key === 'Enter' && shiftKey) actions.show(isolated(scene.shown, group));
  else if (key === 'Enter' || key === ' ') actions.show(toggled(scene.shown, group));
  else return false;
  return true;
}
