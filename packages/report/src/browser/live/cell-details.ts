/** The details of one partition: its times, worker, attempts, reasons, and what to do. */
import { counted, formatCount, formatDuration, printable } from '@verger/core';
import type { LiveAttempt, LiveState } from '../../data/live-data.ts';
import { element } from '../elements.ts';
import { prose, replaceIfNew, setText } from './prose.ts';
import { committedMs, dateTime, isSilentlyHeld, stateAt, stateWordsAt, workerAt } from './words.ts';

/** Where a partition is in the rest of the dashboard. */
export interface CellLinks {
  /** The address of the run's page. */
  readonly page: string;
  /** What the address of a job begins with. */
  readonly jobs: string;
}

/** Rows of a page of the table of partitions. */
const PAGE_ROWS = 100;
/** Attempts that are made of each partition. */
const MOST_ATTEMPTS = 4;

/** The panel below the grid; hidden until a cell is opened. */
export class CellDetails {
  readonly node: HTMLElement;
  readonly #title = element('h3', { tabindex: '-1', id: 'live-cell' });
  readonly #body = element('div');
  readonly #links: CellLinks;
  readonly #closed: (at: number) => void;
  #at: number | undefined;

  /** `closed` is called when a reader closes it. */
  constructor(links: CellLinks, closed: (at: number) => void) {
    this.#links = links;
    this.#closed = closed;
    const close = element('button', { type: 'button', class: 'plain', text: 'Close' });
    const head = element('div', { class: 'cell-head' }, [this.#title, close]);
    this.node = element(
      'section',
      { class: 'cell-details panel', 'aria-labelledby': 'live-cell', hidden: true },
      [head, this.#body],
    );
    close.addEventListener('click', () => this.#close());
    this.node.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#close();
    });
  }

  /** Opens a partition. */
  open(state: LiveState, at: number): void {
    this.#at = at;
    this.node.hidden = false;
    this.update(state);
    this.#title.focus({ preventScroll: true });
    this.node.scrollIntoView({ block: 'nearest' });
  }

  /** Shows what has become of the partition that is open. */
  update(state: LiveState): void {
    const at = this.#at;
    if (at === undefined) return;
    setText(this.#title, `Partition ${formatCount(at)}: ${stateWordsAt(state, at)}`);
    const pairs = pairsOf(state, at);
    const attempts = state.facts.attempts.filter(({ partition }) => partition === at);
    const advice = adviceOf(state, at, attempts);
    const links = this.#linksOf(state, at);
    const key = JSON.stringify([at, pairs, attempts, advice, links]);
    replaceIfNew(this.#body, key, () => [
      element('p', {}, prose(advice)),
      element(
        'dl',
        { class: 'pairs' },
        pairs.flatMap(([name, value]) => [element('dt', { text: name }), element('dd', { text: value })]),
      ),
      ...(attempts.length === 0 ? [] : [attemptsList(state, attempts)]),
      element(
        'p',
        { class: 'cell-links' },
        links.map(([text, href]) => element('a', { href, text })),
      ),
    ]);
  }

  #close(): void {
    const at = this.#at;
    this.#at = undefined;
    this.node.hidden = true;
    if (at !== undefined) this.#closed(at);
  }

  #linksOf({ facts, columns }: LiveState, at: number): [string, string][] {
    const { page, jobs } = this.#links;
    const row = `${page}${page.includes('?') ? '&' : '?'}page=${Math.floor(at / PAGE_ROWS) + 1}#partition-${at}`;
    const epoch = String((columns.epoch[at] ?? 0) || facts.epoch).padStart(4, '0');
    const id = `${facts.jobs}${epoch}-extract-${String(at).padStart(5, '0')}`;
    return [
      ['Its row in the table of partitions', row],
      ...(facts.jobs === null
        ? []
        : [['Its job in Bull Board', `${jobs}${encodeURIComponent(id)}`] as [string, string]]),
    ];
  }
}

function pairsOf(state: LiveState, at: number): [string, string][] {
  const { columns } = state;
  const number = (name: 'images' | 'extracted' | 'quarantined' | 'reused' | 'wallMs' | 'attempt' | 'epoch') =>
    columns[name][at] ?? 0;
  const endMs = committedMs(state, at);
  const worker = workerAt(state, at);
  const images = `${formatCount(number('images'))} listed`;
  const reused = number('reused') > 0 ? `, ${formatCount(number('reused'))} of them reused` : '';
  const done = `, ${formatCount(number('extracted'))} extracted${reused}, ${formatCount(number('quarantined'))} in quarantine`;
  const each = number('wallMs') / Math.max(1, number('images'));
  return [
    ['Images', endMs === undefined ? images : `${images}${done}`],
    ...(endMs === undefined
      ? []
      : ([
          ['Begun', dateTime(endMs - number('wallMs'))],
          ['Committed', dateTime(endMs)],
          ['Took', `${formatDuration(number('wallMs'))} (${each.toFixed(1)} ms per image)`],
          ['Epoch', String(number('epoch'))],
        ] as [string, string][])),
    ['Attempts', number('attempt') === 0 ? 'none has ended' : formatCount(number('attempt'))],
    [
      'Worker',
      worker === undefined ? 'not known' : printable(`${worker.name} on ${worker.host} (${worker.pid})`),
    ],
  ];
}

function adviceOf(state: LiveState, at: number, attempts: readonly LiveAttempt[]): string {
  const last = attempts.at(-1);
  switch (stateAt(state, at)) {
    case 'waiting':
      return state.facts.knowsRunning
        ? 'It waits for a worker.'
        : 'It is not committed. Whether a worker has it now is not known here.';
    case 'running':
      return isSilentlyHeld(state, at)
        ? 'Its worker is silent. If it stays so, another gets the job within two minutes.'
        : 'A worker has it.';
    case 'retried':
      return `${counted(attempts.length, 'attempt')} of ${MOST_ATTEMPTS} failed; another follows by itself. ${last?.next ?? ''}`;
    case 'failed':
      return `It is not tried again in this epoch. ${last?.next ?? ''} Then resume the run.`;
    case 'damaged':
      return 'Its record cannot be read. `verger verify RUN --repair` makes it again.';
    default:
      return 'It is done.';
  }
}

function attemptsList({ facts }: LiveState, attempts: readonly LiveAttempt[]): HTMLElement {
  const items = attempts.map(({ attempt, code, reason, path, worker, atMs, permanent }) => {
    const who = facts.workers[worker];
    const by = who === undefined ? '' : ` on ${printable(who.host)}`;
    return element('li', {}, [
      `Attempt ${attempt}, ${dateTime(atMs)}${by}: `,
      element('code', { text: printable(code) }),
      `: ${printable(reason)}`,
      ...(path === null ? [] : [' ', element('code', { text: printable(path) })]),
      permanent ? ' (not retried)' : '',
    ]);
  });
  return element('div', {}, [
    element('h4', { text: `Failed attempts of epoch ${facts.epoch}, the newest` }),
    element('ol', { class: 'attempts' }, items),
  ]);
}
