import type { Trouble } from '../../data/live-data.ts';
import { element } from '../elements.ts';
import { prose, replaceIfNew } from './prose.ts';

/** The box at the top that names what is wrong and what to do; hidden while nothing is. */
export function troubleBox(): { readonly node: HTMLElement; update(troubles: readonly Trouble[]): void } {
  const list = element('ul', { class: 'trouble-list' });
  const title = element('h2', { id: 'live-trouble', text: 'Trouble' });
  const node = element('section', { class: 'trouble', 'aria-labelledby': 'live-trouble', hidden: true }, [
    title,
    element('div', { role: 'status' }, [list]),
  ]);
  return {
    node,
    update: (troubles) => {
      node.hidden = troubles.length === 0;
      const isBad = troubles.some(({ tone }) => tone === 'bad');
      title.textContent = troubles.length > 1 ? `Trouble (${troubles.length})` : 'Trouble';
      node.className = `trouble ${isBad ? 'bad' : 'warn'}`;
      replaceIfNew(list, JSON.stringify(troubles), () => troubles.map(itemOf));
    },
  };
}

function itemOf({ tone, what, next }: Trouble): HTMLElement {
  const parts = [element('p', { class: 'trouble-what' }, prose(what))];
  if (next !== '')
    parts.push(element('p', { class: 'trouble-next' }, [element('b', { text: 'Do: ' }), ...prose(next)]));
  return element('li', { class: tone }, parts);
}
