/** The script of the live page of a run in the dashboard: fills `#live` from the run's stream. */
import type { LiveState } from '../data/live-data.ts';
import { element } from './elements.ts';
import { follow } from './live/connection.ts';
import { failureTable } from './live/failure-table.ts';
import { gridPart } from './live/grid-part.ts';
import { setText } from './live/prose.ts';
import { rateChart } from './live/rate-chart.ts';
import { resultsPart } from './live/results.ts';
import { stageBars, summaryPanel } from './live/summary.ts';
import { timelinePart } from './live/timeline-part.ts';
import { troubleBox } from './live/trouble-box.ts';
import { clockTime } from './live/words.ts';
import { workerTable } from './live/worker-table.ts';

/** The rest of the page is asked for again at most this often. */
const REFRESH_MS = 7_000;

const SAID = {
  connected: '',
  lost: 'The dashboard does not answer; it is asked again.',
  over: 'The run is finished.',
} as const;

function start(root: HTMLElement): void {
  const { events = '', image = '', report = '', variance = '', page = '', jobs = '' } = root.dataset;
  const asOf = element('span', { class: 'as-of' });
  const connection = element('span', { class: 'muted', role: 'status' });
  const trouble = troubleBox();
  const summary = summaryPanel();
  const stages = stageBars();
  const rate = rateChart();
  const grid = gridPart({ page, jobs });
  const workers = workerTable();
  const timeline = timelinePart();
  const failures = failureTable({ open: (at) => grid.open(at), image: imageAddress(image) });
  const results = resultsPart({ variance, report, image: imageAddress(image) });
  const rest = restOfPage();
  root.append(
    element('p', { class: 'live-line small' }, [asOf, connection]),
    ...[trouble.node, summary.node, results.node, stages.node, rate.node, grid.node, workers.node],
    ...[failures.node, timeline.node],
  );
  const show = (state: LiveState, isNew: boolean) => {
    root.hidden = false;
    if (!root.hasAttribute('data-on')) foldRest();
    root.setAttribute('data-on', '');
    setText(asOf, `As of ${clockTime(Date.parse(state.at))}`);
    if (!isNew) return;
    const { facts } = state;
    trouble.update(facts.troubles);
    summary.update(state);
    stages.update(facts.stages);
    rate.update(state);
    grid.update(state);
    workers.update(state);
    failures.update(facts.failures);
    timeline.update(state);
    results.update(facts);
    rest.told(facts);
  };
  follow(events, {
    state: show,
    connection: (now) => {
      setText(connection, SAID[now]);
      root.toggleAttribute('data-connected', now === 'connected');
      if (now === 'over') rest.now();
    },
  }).catch(() => {});
}

/** Closes the long tables that the live part sums up; one to which the address leads is open. */
function foldRest(): void {
  const open = () => {
    for (const details of document.querySelectorAll<HTMLDetailsElement>('details.fold')) {
      const target = document.getElementById(location.hash.slice(1));
      const isAsked = details.contains(target) || details.previousElementSibling === target;
      if (target !== null && isAsked) details.open = true;
    }
  };
  for (const details of document.querySelectorAll<HTMLDetailsElement>('details.fold')) details.open = false;
  window.addEventListener('hashchange', open);
  open();
}

/** Has the rest of the page fetched again when what it says has changed; its badge is kept up to date. */
function restOfPage() {
  let known = '';
  let askedMs = 0;
  let isPlanned = false;
  const now = () => {
    isPlanned = false;
    askedMs = performance.now();
    document.dispatchEvent(new Event('verger:refresh'));
  };
  return {
    now,
    told: ({ words, tone, stages, failures, hasReport, quarantined }: LiveState['facts']) => {
      const badge = document.querySelector<HTMLElement>('.head .badge');
      if (badge !== null) {
        setText(badge, words);
        badge.className = `badge ${tone}`;
      }
      const states = stages.map(({ state }) => state);
      const key = JSON.stringify([words, states, failures.length, hasReport, quarantined]);
      const isFirst = known === '';
      if (key === known) return;
      known = key;
      if (isFirst || isPlanned) return;
      isPlanned = true;
      setTimeout(now, Math.max(0, askedMs + REFRESH_MS - performance.now()));
    },
  };
}

/** The address of an image of the run by its path. */
function imageAddress(address: string): (path: string) => string {
  const before = `${address}${address.includes('?') ? '&' : '?'}path=`;
  return (path) => {
    try {
      return `${before}${encodeURIComponent(path)}`;
    } catch {
      return before; // half of a pair of letters: there is no such image
    }
  };
}

const root = document.getElementById('live');
if (root !== null) start(root);
