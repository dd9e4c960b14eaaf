/** The rows of the legend: only those in view exist, so that 4,096 labels cost as much as 24. */
import { formatCount } from '@verger/core';
import { element } from '../elements.ts';
import type { Look } from './palette.ts';
import { paintSwatch, swatch } from './swatch.ts';

/** What the rows show now. */
export interface RowState {
  /** Groups, in order. */
  readonly groups: readonly number[];
  readonly names: readonly string[];
  readonly counts: readonly number[];
  readonly shown: Uint8Array;
  readonly looks: readonly Look[];
}

/** Rows in a box that scrolls. */
export interface LegendRows {
  readonly element: HTMLElement;
  update(state: RowState): void;
  /** The group of the row that an event came from. */
  groupOf(target: EventTarget | null): number | undefined;
  /** Moves the focus to another row: `by` rows on. */
  move(by: number): void;
  destroy(): void;
}

/** Height of a row. */
const ROW_REM = 1.75;
/** Rows above and below the box, so that they are there when it scrolls. */
const SPARE = 4;

/** Makes the rows, none of them yet. */
export function openRows(): LegendRows {
  const list = element('div', { class: 'scatter-list' });
  const box = element('div', { class: 'scatter-rows', role: 'group', 'aria-label': 'Labels' }, [list]);
  let state: RowState = { groups: [], names: [], counts: [], shown: new Uint8Array(), looks: [] };
  const rows: HTMLElement[] = [];
  /** Place in `groups` that Tab comes to. */
  let active = 0;
  let [height, rowHeight] = [0, 28];
  /** Where the box is scrolled to; to ask the box would lay out the page. */
  let top = 0;

  const render = () => {
    const first = Math.max(0, Math.floor(top / rowHeight) - SPARE);
    const wanted = Math.min(state.groups.length, Math.ceil(height / rowHeight) + 2 * SPARE);
    const start = Math.max(0, Math.min(first, state.groups.length - wanted));
    while (rows.length < wanted) rows.push(list.appendChild(makeRow()));
    for (const row of rows.splice(wanted)) row.remove();
    active = Math.max(0, Math.min(active, state.groups.length - 1));
    const hasFocus = rows.some((row) => row === document.activeElement);
    const isSeen = active >= start && active < start + wanted;
    const tab = isSeen ? active : start + Math.min(SPARE, wanted - 1);
    for (const [at, row] of rows.entries()) {
      const place = start + at;
      fillRow(row, state, place);
      row.style.top = `${place * rowHeight}px`;
      row.tabIndex = place === tab ? 0 : -1;
    }
    const row = rows[active - start];
    if (hasFocus && isSeen && row !== document.activeElement) row?.focus({ preventScroll: true });
  };
  const measure = () => {
    height = box.clientHeight;
    rowHeight = ROW_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    list.style.height = `${state.groups.length * rowHeight}px`;
    render();
  };
  const observer = new ResizeObserver(measure);
  observer.observe(box);
  const scrollTo = (to: number) => {
    box.scrollTop = to;
    top = to;
  };
  box.addEventListener(
    'scroll',
    () => {
      top = box.scrollTop;
      render();
    },
    { passive: true },
  );
  box.addEventListener('focusin', ({ target }) => {
    const place = rows.find((row) => row === target)?.dataset['place'];
    if (place !== undefined) active = Number(place);
  });
  return {
    element: box,
    update: (next) => {
      const isOther = next.groups !== state.groups;
      state = next;
      if (isOther) {
        active = 0;
        list.style.height = `${state.groups.length * rowHeight}px`;
        if (top > 0) scrollTo(0);
      }
      render();
    },
    groupOf: (target) => {
      const row = target instanceof Element ? target.closest<HTMLElement>('[data-group]') : null;
      return row === null ? undefined : Number(row.dataset['group']);
    },
    move: (by) => {
      active = Math.max(0, Math.min(state.groups.length - 1, active + by));
      const at = active * rowHeight;
      if (at < top) scrollTo(at);
      if (at + rowHeight > top + height) scrollTo(at + rowHeight - height);
      render();
      rows.find((row) => row.dataset['place'] === String(active))?.focus({ preventScroll: true });
    },
    destroy: () => observer.disconnect(),
  };
}

function makeRow(): HTMLElement {
  return element('div', { class: 'scatter-row', role: 'button' }, [
    swatch(undefined),
    element('span', { class: 'scatter-name' }),
    element('span', { class: 'scatter-count' }),
  ]);
}

function fillRow(row: HTMLElement, { groups, names, counts, shown, looks }: RowState, place: number): void {
  const group = groups[place] ?? 0;
  const [spot, name, count] = row.children as unknown as HTMLElement[];
  const isShown = shown[group] === 1;
  row.setAttribute('aria-pressed', String(isShown));
  row.dataset['place'] = String(place);
  if (spot !== undefined) paintSwatch(spot, looks[group]);
  if (row.dataset['group'] === String(group) || name === undefined || count === undefined) return;
  row.dataset['group'] = String(group);
  name.textContent = names[group] ?? '';
  name.title = names[group] ?? '';
  count.textContent = formatCount(counts[group] ?? 0);
}
