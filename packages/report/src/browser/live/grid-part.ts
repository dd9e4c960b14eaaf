import { formatCount } from '@verger/core';
import { type LiveState, PARTITION_STATES } from '../../data/live-data.ts';
import { element } from '../elements.ts';
import { CellDetails, type CellLinks } from './cell-details.ts';
import { GridView } from './grid-view.ts';
import { replaceIfNew, setText } from './prose.ts';
import { countsByState, STATE_WORDS, silentlyHeld } from './words.ts';

/** States that the legend has even where no partition is in them. */
const ALWAYS = ['waiting', 'running', 'committed', 'failed', 'projected'];

/** The grid with its legend and the details of a cell. */
export function gridPart(links: CellLinks): {
  readonly node: HTMLElement;
  update(state: LiveState): void;
  open(at: number): void;
} {
  let state: LiveState | undefined;
  const open = (at: number) => {
    if (state !== undefined) details.open(state, at);
  };
  const view = new GridView(open);
  const details = new CellDetails(links, (at) => view.focusOn(at));
  const legend = element('ul', { class: 'grid-legend', 'aria-label': 'Partitions by state' });
  const note = element('p', { class: 'small muted' });
  const node = element('section', { 'aria-labelledby': 'live-grid' }, [
    element('h2', { id: 'live-grid', text: 'Partition grid' }),
    ...[legend, view.node, note, details.node],
  ]);
  return {
    node,
    open,
    update: (next) => {
      state = next;
      const counts = countsByState(next);
      const silent = silentlyHeld(next);
      const key = [...counts, silent, next.facts.knowsRunning].join();
      replaceIfNew(legend, key, () => legendItems(counts, silent, next.facts));
      view.update(next);
      const { knowsRunning, isOver, stalled } = next.facts;
      const unknown = knowsRunning || isOver ? '' : stalled === 'redis' ? NO_REDIS : UNKNOWN;
      setText(note, [view.hint, unknown].filter((text) => text !== '').join(' '));
      details.update(next);
    },
  };
}

const NO_REDIS = 'Which partitions are worked on at present is not known: Redis does not answer.';
const UNKNOWN = 'Which partitions are worked on at present is not known: no queue of this run is shown here.';

function legendItems(counts: readonly number[], silent: number, facts: LiveState['facts']): HTMLElement[] {
  const { knowsRunning, isOver } = facts;
  return PARTITION_STATES.flatMap((name, at) => {
    const count = counts[at] ?? 0;
    if (count === 0 && (isOver || !ALWAYS.includes(name))) return [];
    const text = name === 'running' && !knowsRunning ? 'not known' : formatCount(count);
    return [
      element('li', {}, [
        element('span', { class: `swatch cell-${name}`, 'aria-hidden': 'true' }),
        `${STATE_WORDS[name]} `,
        element('b', { text }),
        name === 'running' && silent > 0 ? ` (${formatCount(silent)} of a silent worker)` : '',
      ]),
    ];
  });
}
