/** The processes that work on a run, or have. */
import { formatCount, formatDuration, printable } from '@verger/core';
import type { LiveState, LiveWorker } from '../../data/live-data.ts';
import { ago, rateWords } from '../../html/words.ts';
import { element } from '../elements.ts';
import { prose, replaceIfNew } from './prose.ts';

/** Workers that are shown: those with trouble first. */
const MOST_SHOWN = 60;
const HEADS = ['Worker', 'State', 'Trouble', 'Rate', 'Images', 'Holds', 'Processes', 'CPU'] as const;
const NUMBERS = ['Processes', 'Rate', 'Images'];

/** The table; hidden while no worker is known. */
export function workerTable(): { readonly node: HTMLElement; update(state: LiveState): void } {
  const body = element('tbody');
  const caption = element('caption');
  const heads = HEADS.map((text) =>
    element('th', { scope: 'col', text, class: NUMBERS.includes(text) ? 'number' : undefined }),
  );
  const table = element('table', {}, [caption, element('thead', {}, [element('tr', {}, heads)]), body]);
  const scroll = { class: 'scroll workers', tabindex: 0, role: 'region', 'aria-label': 'Workers of the run' };
  const node = element('section', { 'aria-labelledby': 'live-workers', hidden: true }, [
    element('h2', { id: 'live-workers', text: 'Who works on it' }),
    element('div', scroll, [table]),
  ]);
  return {
    node,
    update: ({ facts, at }) => {
      const workers = shownOf(facts.workers);
      node.hidden = workers.length === 0;
      const rest = facts.workers.length - workers.length;
      caption.textContent =
        rest > 0 ? `${workers.length} of ${formatCount(facts.workers.length)} workers` : 'All workers seen';
      const nowMs = Date.parse(at);
      const cells = workers.map((worker) => ({ ...worker, seen: seenWords(worker, nowMs) }));
      replaceIfNew(body, JSON.stringify(cells), () => workers.map((worker) => rowOf(worker, nowMs)));
    },
  };
}

/** Those with trouble, then those who live, then the rest: each in the order in which they were met. */
function shownOf(workers: readonly LiveWorker[]): LiveWorker[] {
  const rank = ({ trouble, alive }: LiveWorker) => (trouble.length > 0 ? 0 : alive === true ? 1 : 2);
  return [...workers].sort((a, b) => rank(a) - rank(b)).slice(0, MOST_SHOWN);
}

function seenWords({ alive, lastMs }: LiveWorker, nowMs: number): string {
  if (alive === true) return 'alive';
  if (lastMs === null) return 'not seen';
  return alive === false ? `silent for ${formatDuration(nowMs - lastMs)}` : `last ${ago(nowMs - lastMs)}`;
}

function heldWords({ alive, holds }: LiveWorker): string {
  if (alive !== true || holds === null) return '–';
  if (holds.length === 0) return 'no job';
  const shown = holds.slice(0, 4).map((partition) => formatCount(partition));
  return `${holds.length === 1 ? 'partition' : 'partitions'} ${shown.join(', ')}`;
}

function rowOf(worker: LiveWorker, nowMs: number): HTMLElement {
  const { name, host, pid, cpu, processes, alive, perSecond, images, trouble } = worker;
  const who = element('th', { scope: 'row' }, [
    printable(name),
    element('br'),
    element('span', { class: 'small muted', text: printable(`${host} (${pid})`) }),
  ]);
  const isBad = trouble.some(({ tone }) => tone === 'bad');
  const tone = isBad ? 'bad' : trouble.length > 0 ? 'warn' : alive === true ? 'active' : 'quiet';
  const cell = (text: string, kind?: string) => element('td', { text, class: kind });
  return element('tr', {}, [
    who,
    element('td', {}, [element('span', { class: `badge ${tone}`, text: seenWords(worker, nowMs) })]),
    element(
      'td',
      { class: 'why' },
      trouble.map(({ short }) => element('div', {}, prose(short))),
    ),
    cell(alive === false ? '–' : rateWords(perSecond), 'number'),
    cell(formatCount(images), 'number'),
    cell(heldWords(worker)),
    cell(processes === null ? '–' : formatCount(processes), 'number'),
    cell(printable(cpu ?? '–')),
  ]);
}
