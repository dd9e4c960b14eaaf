/** Sorts and searches the table of labels. */
import { formatCount } from '@verger/core';
import type { LabelFacts } from '../data/report-data.ts';
import { TILE_PIXELS } from '../data/report-data.ts';
import {
  chosenLabels,
  LABEL_COLUMNS,
  type LabelKey,
  labelCells,
  MOST_LABEL_ROWS,
} from '../document/label-row.ts';
import { measured } from './charts/canvas.ts';
import { element } from './elements.ts';

interface State {
  words: string;
  key: LabelKey;
  isDescending: boolean;
  showsAll: boolean;
}

/** Gives the table its buttons and its search; gives what ends them. */
export function mountLabelTable(
  tools: HTMLElement,
  box: HTMLElement,
  labels: readonly LabelFacts[],
): () => void {
  const body = box.querySelector('tbody');
  const caption = box.querySelector('caption');
  if (body === null || caption === null) return () => {};
  const ending = new AbortController();
  const { signal } = ending;
  const state: State = { words: '', key: 'label', isDescending: false, showsAll: false };
  const hasPictures = labels.some(({ tiles }) => tiles.length > 0);
  const search = element('input', { type: 'search', id: 'label-search', autocomplete: 'off' });
  const all = element('button', { type: 'button', class: 'plain', hidden: true });
  const heads = [...box.querySelectorAll<HTMLElement>('th[data-key]')];
  const show = () =>
    measured('verger:filter', () => {
      const chosen = chosenLabels(labels, state);
      const shown = state.showsAll ? chosen : chosen.slice(0, MOST_LABEL_ROWS);
      body.replaceChildren(...shown.map((place) => rowOf(labels, place, hasPictures)));
      caption.textContent = captionOf(labels.length, chosen.length, shown.length);
      all.hidden = shown.length === chosen.length;
      all.textContent = `Show all ${formatCount(chosen.length)}`;
      for (const head of heads) {
        const isSorted = head.dataset['key'] === state.key;
        if (isSorted) head.setAttribute('aria-sort', state.isDescending ? 'descending' : 'ascending');
        else head.removeAttribute('aria-sort');
      }
    });
  search.addEventListener(
    'input',
    () => {
      state.words = search.value;
      show();
    },
    { signal },
  );
  all.addEventListener(
    'click',
    () => {
      state.showsAll = true;
      show();
      box.focus();
    },
    { signal },
  );
  for (const head of heads) {
    const key = LABEL_COLUMNS.find((column) => column.key === head.dataset['key']);
    if (key === undefined) continue;
    const button = element('button', { type: 'button', class: 'sort', text: key.head });
    head.replaceChildren(button);
    button.addEventListener(
      'click',
      () => {
        const isAgain = state.key === key.key;
        state.isDescending = isAgain ? !state.isDescending : key.key === 'count' || key.key === 'spread';
        state.key = key.key;
        show();
      },
      { signal },
    );
  }
  tools.replaceChildren(element('label', { for: 'label-search', text: 'Search labels' }), search, all);
  heads[0]?.setAttribute('aria-sort', 'ascending');
  all.hidden = labels.length <= MOST_LABEL_ROWS;
  all.textContent = `Show all ${formatCount(labels.length)}`;
  return () => ending.abort();
}

function captionOf(all: number, chosen: number, shown: number): string {
  if (chosen === 0) return `Labels: none of ${formatCount(all)} matches`;
  const of = chosen === all ? formatCount(all) : `${formatCount(chosen)} of ${formatCount(all)} match`;
  return shown < chosen ? `Labels (the first ${formatCount(shown)} of ${of})` : `Labels (${of})`;
}

function rowOf(labels: readonly LabelFacts[], place: number, hasPictures: boolean): HTMLElement {
  const facts = labels[place];
  if (facts === undefined) return element('tr');
  const [name = '', ...cells] = labelCells(labels, facts);
  const row = element('tr', {}, [element('th', { scope: 'row', text: name })]);
  for (const [at, text] of cells.entries()) {
    row.append(element('td', { class: LABEL_COLUMNS[at + 1]?.kind ?? '', text }));
  }
  if (hasPictures) row.append(element('td', { class: 'pictures' }, stripOf(facts, name)));
  return row;
}

function stripOf({ tiles }: LabelFacts, name: string): Node[] {
  if (tiles.length === 0) return [];
  return [
    element('canvas', {
      ...{
        class: 'strip',
        'data-tiles': tiles.join(' '),
        width: tiles.length * TILE_PIXELS,
        height: TILE_PIXELS,
      },
      ...{ role: 'img', 'aria-label': `${tiles.length} images of ${name}` },
    }),
  ];
}
