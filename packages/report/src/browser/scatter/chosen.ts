/** The points of a lasso: how many, of which labels, and their paths. */
import { counted, formatCount } from '@verger/core';
import { element } from '../elements.ts';
import type { Actions } from './actions.ts';
import { groupCounts, type Model } from './model.ts';

/** Paths that the page lists; the file has all. */
export const MOST_LISTED = 5_000;
/** Labels that are named. */
const MOST_LABELS = 8;

/** What the panel says of some points. */
export interface ChosenText {
  readonly title: string;
  readonly labels: string;
  /** Up to `MOST_LISTED` paths, one a line. */
  readonly listed: string;
  /** Empty where all are listed. */
  readonly note: string;
}

/** The words for some points, in listing order. A path with a line end in it takes two lines. */
export function chosenText(model: Model, points: readonly number[]): ChosenText {
  const groups = groupCounts(model, points);
  const named = groups.slice(0, MOST_LABELS).map(({ name, count }) => `${name}: ${formatCount(count)}`);
  const more = groups.length - named.length;
  if (more > 0) named.push(`and ${counted(more, 'more label')}`);
  const isCut = points.length > MOST_LISTED;
  return {
    title: `${counted(points.length, 'image')} chosen`,
    labels: named.join(' · '),
    listed: pathsText(model, points.slice(0, MOST_LISTED)),
    note: isCut ? `The list shows the first ${formatCount(MOST_LISTED)}; the file has all.` : '',
  };
}

/** The paths of some points, one a line. */
export function pathsText({ points }: Model, chosen: readonly number[]): string {
  return chosen.map((point) => `${points.paths[point] ?? ''}\n`).join('');
}

/** The panel below the canvases. */
export interface ChosenPanel {
  readonly element: HTMLElement;
  update(points: readonly number[] | null): void;
  /** Brings it into view, and the focus to its list. */
  show(): void;
}

/** Makes the panel, hidden. */
export function openChosen(model: Model, actions: Actions): ChosenPanel {
  const title = element('h3', { 'aria-live': 'polite' });
  const labels = element('p', { class: 'small' });
  const note = element('p', { class: 'muted small' });
  const list = element('textarea', { readonly: true, rows: 8, 'aria-label': 'Paths of the chosen images' });
  const button = (text: string) => element('button', { type: 'button', class: 'plain', text });
  const [copy, save, clear] = [button('Copy'), button('Save as text'), button('Clear')];
  const said = element('span', { class: 'muted small', role: 'status' });
  const bar = element('div', { class: 'scatter-bar' }, [copy, save, clear, said]);
  const box = element('section', { class: 'scatter-chosen', hidden: true }, [title, labels, list, note, bar]);
  let chosen: readonly number[] = [];
  copy.addEventListener('click', () => {
    copyText(pathsText(model, chosen), list).then(
      () => {
        said.textContent = `${counted(chosen.length, 'path')} copied`;
      },
      () => {
        said.textContent = 'The browser does not allow it: the list is selected, press Ctrl+C.';
      },
    );
  });
  save.addEventListener('click', () => saveText(pathsText(model, chosen), 'chosen-images.txt'));
  clear.addEventListener('click', () => actions.choose(null));
  return {
    element: box,
    show: () => {
      box.scrollIntoView({ block: 'nearest' });
      list.focus({ preventScroll: true });
    },
    update: (points) => {
      box.hidden = points === null;
      said.textContent = '';
      chosen = points ?? [];
      const text = chosenText(model, chosen);
      title.textContent = points === null ? '' : text.title;
      labels.textContent = text.labels;
      list.value = text.listed;
      list.hidden = chosen.length === 0;
      note.textContent = text.note;
      copy.disabled = save.disabled = chosen.length === 0;
    },
  };
}

async function copyText(text: string, list: HTMLTextAreaElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) {
    list.select();
    throw error;
  }
}

function saveText(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = element('a', { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
