import { type Clock, clip, counted, formatCount, formatDuration, printable, shellQuote } from '@verger/core';
import { isSameQueue, withoutUser } from '@verger/driver/runs';
import {
  ago,
  badgeHtml,
  barHtml,
  countOr,
  type Html,
  type HtmlPart,
  html,
  NONE,
  noticeHtml,
  pageOf,
  pagerHtml,
  proseHtml,
  rateWords,
  tableHtml,
  timeHtml,
} from '@verger/report';
import {
  type CachedRun,
  factsOf,
  isMissing,
  type Place,
  type RunFacts,
  type RunIndex,
} from '@verger/run-index';
import { errorHtml } from './error-words.ts';
import { idleWords } from './idle-words.ts';
import type { QueueFacts } from './queue-watch.ts';
import { runAddress } from './run-address.ts';
import { stalledOf, stateLook } from './state-look.ts';

/** Letters of a place that are shown. */
const PLACE_WIDTH = 48;
/** Rows on one page of the list. */
const PAGE_ROWS = 500;

/** What the list is made from. */
export interface ListContext {
  readonly base: string;
  readonly query: URLSearchParams;
  readonly index: RunIndex;
  readonly queue: QueueFacts | undefined;
  readonly clock: Clock;
  /** What is typed to call verger. */
  readonly program: string;
}

interface Row {
  readonly place: Place;
  readonly run: CachedRun;
  readonly facts: RunFacts;
}

/** The body of `/runs`: every run that is known, the newest submission first. */
export function runListHtml(context: ListContext): Html {
  const { index, clock, query } = context;
  const nowMs = Date.parse(clock.now());
  const all = index.runs().map((found) => ({ ...found, facts: factsOf(found.run, nowMs) }));
  const words = (query.get('q') ?? '').slice(0, 200);
  const state = query.get('state') ?? '';
  const rows = all.filter((row) => matches(row, words) && (state === '' || row.facts.state === state));
  const { page, pages, shown } = pageOf(rows, query, PAGE_ROWS);
  for (const { run } of shown) run.shownMs = clock.monotonicMs();
  const link = (number: number) => `?${new URLSearchParams({ q: words, state, page: String(number) })}`;
  return html`<div class="head"><h1>Runs</h1><p class="muted">${countsWords(all)}</p></div>
${queueHtml(context.queue)}
${placesHtml(index, clock)}
${all.length > 0 && filtersHtml(all, { words, state })}
${all.length === 0 ? emptyHtml(context) : rowsHtml(shown, all, context)}
${all.length > 0 && rows.length === 0 && html`<p class="muted">No run matches.</p>`}
${pagerHtml({ page, pages, label: 'Pages of the list' }, link)}
<p class="small muted"><a href="${context.base}/runs">Reload</a> · read from storage; the newest submission first</p>`;
}

function matches({ run, place, facts }: Row, words: string): boolean {
  if (words === '') return true;
  const images = run.records.plan?.manifest.images ?? '';
  const text = `${run.id}\n${place.location}\n${images}\n${facts.words}`.toLowerCase();
  return text.includes(words.toLowerCase());
}

function countsWords(rows: readonly Row[]): string {
  const running = rows.filter(({ facts }) => facts.state === 'running').length;
  return `${counted(rows.length, 'run')}${running === 0 ? '' : `, ${formatCount(running)} not finished`}`;
}

/** Who is at the queue, or since when its server has been away. */
export function queueHtml(queue: QueueFacts | undefined): Html | false {
  if (queue === undefined) return false;
  const { seen, error, queue: name } = queue.state;
  if (seen === undefined) {
    const since = html`Redis has been away since ${timeHtml(queue.awaySince)} (${printable(name)}).`;
    return noticeHtml('warn', [
      html`${since} ${printable(`${error?.code}: ${error?.message}`)} What is shown of runs comes from storage.`,
    ]) as Html;
  }
  const alive = `${counted(seen.workers, 'worker')} and ${counted(seen.reducers, 'reducer')} alive`;
  const jobs = `${counted(seen.waiting + seen.delayed, 'job')} waiting, ${formatCount(seen.active)} active`;
  return html`<p>${alive}; ${jobs} <span class="muted">at ${printable(withoutUser(name))}</span></p>`;
}

/** Places that do not answer, and runs that are still being read. */
function placesHtml(index: RunIndex, clock: Clock): Html[] {
  const troubles = index.places.flatMap((place) => placeWords(place, clock));
  const unread = index.unread();
  const reading = unread === 0 ? [] : [`${counted(unread, 'run')} not read yet: the list is being filled.`];
  return [noticeHtml('bad', troubles), noticeHtml('active', reading)].filter((notice) => notice !== false);
}

function placeWords(place: Place, clock: Clock): HtmlPart[] {
  const { error, location, listingSinceMs, listed } = place;
  const where = html`<code>${printable(location)}</code>`;
  const waitedMs = listingSinceMs === undefined ? 0 : clock.monotonicMs() - listingSinceMs;
  if (error !== undefined && !isMissing(place)) {
    return [html`${where} cannot be read: ${errorHtml(error)} Runs of other places are shown.`];
  }
  if (waitedMs > 3_000) return [html`${where} has not answered for ${formatDuration(waitedMs)}.`];
  return !listed && error === undefined && waitedMs > 0 ? [html`${where} is being read.`] : [];
}

function emptyHtml({ index: { places }, program }: ListContext): Html {
  const output = shellQuote(places[0]?.location ?? 'OUTPUT');
  const names = places.map((place) => {
    const missing = isMissing(place) && ' (there is no such folder)';
    return html`<li><code>${printable(place.location)}</code>${missing}</li>`;
  });
  return html`<div class="panel"><p>There is no run yet in:</p><ul>${names}</ul>
<p>Start one with <code>${printable(`${program} run IMAGES --output ${output}`)}</code>.</p></div>`;
}

function filtersHtml(rows: readonly Row[], { words, state }: { words: string; state: string }): Html {
  const counts = new Map<string, number>();
  for (const { facts } of rows) counts.set(facts.state, (counts.get(facts.state) ?? 0) + 1);
  const options = [...counts].map(([name, count]) => {
    const selected = name === state && html` selected`;
    return html`<option value="${name}"${selected}>${name} (${count})</option>`;
  });
  return html`<form class="filters" method="get" role="search">
<label>Find <input type="search" id="find" name="q" value="${printable(words)}" maxlength="200" size="20"></label>
<label>State <select id="state" name="state"><option value="">all (${rows.length})</option>${options}</select></label>
<button class="plain">Show</button>
</form>`;
}

const COLUMNS = [
  { head: 'Run', kind: 'name' },
  { head: 'State' },
  { head: 'Progress' },
  { head: 'Images', kind: 'number' },
  { head: 'Rate', kind: 'number' },
  { head: 'Time left', kind: 'number' },
  { head: 'Workers', kind: 'number' },
  { head: 'Quarantine', kind: 'number' },
  { head: 'k', kind: 'number' },
  { head: 'Submitted (UTC)', kind: 'nowrap' },
] as const;

function rowsHtml(shown: readonly Row[], all: readonly Row[], context: ListContext): Html {
  const ids = new Map<string, number>();
  for (const { run } of all) ids.set(run.id, (ids.get(run.id) ?? 0) + 1);
  const several = context.index.places.length > 1;
  const rows = shown.map((row) => cells(row, { ...context, several, twice: (ids.get(row.run.id) ?? 0) > 1 }));
  const caption =
    shown.length === all.length ? 'All runs' : `${counted(shown.length, 'run')} of ${all.length}`;
  return tableHtml({ id: 'runs', caption, columns: COLUMNS, rows, look: 'runs' });
}

interface RowContext extends ListContext {
  readonly several: boolean;
  readonly twice: boolean;
}

function cells({ run, place, facts }: Row, context: RowContext): HtmlPart[] {
  const { base, clock, queue, several, twice } = context;
  const address = runAddress(base, run.id, twice ? place.number : undefined);
  const where = several ? place.location : (run.records.plan?.manifest.images ?? '');
  const nowMs = Date.parse(clock.now());
  const [idle] = idleWords({ facts, longestMs: run.records.table?.longestMs(), nowMs, queue });
  const look = stateLook(facts, queue);
  const [fault] = [...run.records.faults.values(), ...(run.error === undefined ? [] : [run.error])];
  const bad = run.records.success?.verdict === 'too-many-bad' ? TOO_MANY_BAD : undefined;
  const why = fault ?? facts.failure ?? idle ?? bad;
  const { reading } = run.records;
  const read =
    reading !== undefined
      ? `reading ${formatCount(reading.done)} of ${formatCount(reading.total)}`
      : `read ${run.lookedMs === undefined ? NONE : ago(clock.monotonicMs() - run.lookedMs)}`;
  return [
    html`<a href="${address}">${run.id}</a><br><span class="small muted">${clip(printable(where), PLACE_WIDTH)}</span>`,
    html`${badgeHtml(look.tone, shortWords(look.words, facts.state))}${why !== undefined && html`<p class="why">${proseHtml(clip(why, 240))}</p>`}`,
    progressHtml(facts, run.id),
    facts.listed === 0 ? NONE : formatCount(facts.listed),
    rateWords(facts.perSecond),
    facts.etaMs === null || stalledOf(facts, queue) !== null ? NONE : formatDuration(facts.etaMs),
    workersWords(facts, queue),
    facts.partitions === 0 ? NONE : formatCount(facts.quarantined),
    countOr(facts.k),
    html`${submittedHtml(run, facts)}<br><span class="small muted">${read}</span>`,
  ];
}

/** When a run was submitted first, and last where that was again. */
function submittedHtml({ records }: CachedRun, { epoch }: RunFacts): HtmlPart {
  const first = records.epochs.get(1)?.at ?? epoch?.at;
  if (epoch === undefined || epoch.epoch === 1) return timeHtml(first, '');
  const again = epoch.cause === 'repair' ? 'repaired' : epoch.cause === 'resume' ? 'resumed' : 'again';
  return html`${timeHtml(first, '')}<br><span class="small">${again} ${timeHtml(epoch.at, '')}</span>`;
}

const TOO_MANY_BAD = 'More images are in quarantine than `--max-bad` allows; the results are kept.';

/** Words that fit into a column. */
function shortWords(words: string, state: RunFacts['state']): string {
  return words.length <= 26 ? words : state;
}

/** A bar of images, and the stage that the run is in. */
function progressHtml(facts: RunFacts, id: string): HtmlPart {
  const { listed, extracted, quarantined, step, state } = facts;
  if (listed === 0) return NONE;
  const done = extracted + quarantined;
  const share = Math.floor((100 * done) / listed);
  const stage =
    state === 'done'
      ? 'finished'
      : step === 'project'
        ? `project ${facts.projected} of ${facts.partitions}`
        : step;
  const label = `Images of run ${id} that are done`;
  return html`${barHtml(done, listed, label)}<span class="small">${share} % · ${stage}</span>`;
}

/** Workers of the queue where this run is on it, else those that have committed lately. */
export function workersWords(facts: RunFacts, queue: QueueFacts | undefined): string {
  if (facts.state !== 'running') return NONE;
  const { seen } = queue?.state ?? {};
  if (seen !== undefined && isSameQueue(queue?.state.queue, facts.epoch?.queue))
    return `${formatCount(seen.workers)} alive`;
  return facts.workers === 0 ? NONE : `${formatCount(facts.workers)} lately`;
}
