/** Failed attempts by code, with what to do next. */
import { formatCount, printable } from '@verger/core';
import type { LiveFailures } from '../../data/live-data.ts';
import { element } from '../elements.ts';
import { prose, replaceIfNew } from './prose.ts';
import { dateTime } from './words.ts';

const HEADS = ['Code', 'Attempts', 'Last reason', 'Next step', 'Partitions', 'Last'] as const;

/** Where a failure leads. */
export interface FailureLinks {
  /** Opens the details of a partition. */
  open(partition: number): void;
  /** The address of an image. */
  image(path: string): string;
}

/** The table; hidden while no attempt has failed. */
export function failureTable(links: FailureLinks): {
  readonly node: HTMLElement;
  update(failures: readonly LiveFailures[]): void;
} {
  const body = element('tbody');
  const heads = HEADS.map((text) => element('th', { scope: 'col', text }));
  const table = element('table', {}, [
    element('caption', { text: 'Failed attempts of the newest epoch' }),
    element('thead', {}, [element('tr', {}, heads)]),
    body,
  ]);
  const scroll = { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Failed attempts by code' };
  const node = element('section', { 'aria-labelledby': 'live-failures', hidden: true }, [
    element('h2', { id: 'live-failures', text: 'Failures by code' }),
    element('div', scroll, [table]),
  ]);
  body.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (button !== null) links.open(Number(button.value));
  });
  return {
    node,
    update: (failures) => {
      node.hidden = failures.length === 0;
      replaceIfNew(body, JSON.stringify(failures), () => failures.map((one) => rowOf(one, links)));
    },
  };
}

function rowOf(
  { code, attempts, reason, path, next, partitions, more, isFinal, lastMs, worker }: LiveFailures,
  links: FailureLinks,
): HTMLElement {
  const buttons = partitions.map((partition) =>
    element('button', { type: 'button', class: 'link', value: partition, text: formatCount(partition) }),
  );
  return element('tr', {}, [
    element('th', { scope: 'row' }, [
      element('code', { class: 'nowrap', text: printable(code) }),
      ...(isFinal ? [element('br'), element('span', { class: 'small', text: 'not retried' })] : []),
    ]),
    element('td', { class: 'number', text: formatCount(attempts) }),
    element('td', { class: 'long' }, [
      printable(reason),
      ...(path === null ? [] : [element('br'), imageLink(path, links)]),
    ]),
    element('td', { class: 'long' }, prose(next)),
    element('td', { class: 'cell-buttons' }, [...buttons, more > 0 ? `and ${formatCount(more)} more` : '']),
    element('td', {}, [
      element('span', { class: 'nowrap', text: dateTime(lastMs) }),
      element('br'),
      element('span', { class: 'small muted', text: printable(worker) }),
    ]),
  ]);
}

function imageLink(path: string, { image }: FailureLinks): HTMLElement {
  return element('a', { href: image(path) }, [element('code', { text: printable(path) })]);
}
