import { type Clock, counted, formatCount, formatDuration, formatShare, printable } from '@verger/core';
import { isSameQueue } from '@verger/driver/runs';
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
  proseHtml,
  rateWords,
  STALLED_WORDS,
  type Trouble,
} from '@verger/report';
import { type CachedRun, factsOf, type RunFacts } from '@verger/run-index';
import { liveStateOf } from '../live/live-state.ts';
import { WorkerPlaces } from '../live/worker-context.ts';
import type { RunActions } from '../run-actions.ts';
import { commandsHtml } from './commands-section.ts';
import { partitionsHtml } from './partitions-section.ts';
import type { QuarantineSearches } from './quarantine-file.ts';
import { quarantineHtml } from './quarantine-section.ts';
import type { QueueFacts } from './queue-watch.ts';
import { runAddress } from './run-address.ts';
import { workersWords } from './run-list-page.ts';
import { failuresHtml, filesHtml, optionsHtml, quarantineShare, stagesHtml } from './run-sections.ts';
import { runSentence } from './run-sentence.ts';
import { deadlineWords, hasScaling, scalingHtml } from './scaling-section.ts';
import { stalledOf, stateLook } from './state-look.ts';

/** What the page of a run is made from. */
export interface RunPageContext {
  readonly base: string;
  readonly query: URLSearchParams;
  readonly run: CachedRun;
  /** The number of its place, where several have a run of this id. */
  readonly place: string | undefined;
  readonly queue: QueueFacts | undefined;
  readonly clock: Clock;
  readonly searches: QuarantineSearches;
  readonly program: string;
  readonly storageFlags: readonly string[];
  /** Undefined in a dashboard that only shows. */
  readonly actions: RunActions | undefined;
}

/** The body of `/runs/<id>`, and whether more is to come. Never throws. */
export async function runPageHtml(context: RunPageContext): Promise<{ body: Html; isEnded: boolean }> {
  const { run, clock, query, base, place, queue } = context;
  run.shownMs = clock.monotonicMs();
  const nowMs = Date.parse(clock.now());
  const facts = factsOf(run, nowMs);
  const { plan, epochs, newest, reading } = run.records;
  const isFirst = run.lookedMs === undefined && reading === undefined && run.error === undefined;
  const badge = isFirst ? badgeHtml('quiet', 'being read') : badgeOf(stateLook(facts, queue));
  const linkJobs = isSameQueue(queue?.state.queue, facts.epoch?.queue);
  const { program, storageFlags, searches } = context;
  const commands = { program, storageFlags, location: run.location, runId: run.id };
  const body = html`<p class="small"><a href="${base}/runs">All runs</a></p>
<div class="head"><h1>Run ${run.id}</h1>${badge}</div>
<p class="what">${plan !== undefined && runSentence(plan, epochs.get(newest))}</p>
<p class="small mono">${printable(run.location)}</p>
${reportHtml(context)}
${livePartHtml(context)}
<div class="still">
${noticesHtml(context)}
${summaryHtml(run, facts, { queue, nowMs })}
<p class="small muted">${readWords(run, clock)} <a href="${runAddress(base, run.id, place)}">Reload</a></p>
</div>
${actionsHtml(context, facts)}
${jumpsHtml(run.records)}
${stagesHtml(run.records, facts)}
${scalingHtml(run.records)}
${failuresHtml(run.records, facts)}
${await quarantineHtml(run, facts, { query, place, searches, imageAddress: imageAddressOf(context) })}
${commandsHtml(facts, commands)}
${partitionsHtml(run, facts, { base, query, place, linkJobs })}
${filesHtml(run.records)}
${optionsHtml(run.records)}`;
  return { body, isEnded: facts.state === 'done' && run.records.reading === undefined && !isPartial(run) };
}

/** A link to the report of a finished run; nothing before there is one. */
function reportHtml({ run, base, place }: RunPageContext): Html | false {
  if (run.records.htmlReport !== true) return false;
  return html`<p><a class="button" href="${runAddress(base, `${run.id}/report.html`, place)}">Open the report</a></p>`;
}

function imageAddressOf({ run, base, place }: RunPageContext): (path: string) => string {
  const address = runAddress(base, `${run.id}/image`, place);
  const before = `${address}${address.includes('?') ? '&' : '?'}path=`;
  // Half of a pair of letters in a damaged name: there is no such image.
  return (path) => `${before}${encodeURIComponent(Buffer.from(path).toString('utf8'))}`;
}

/** Where the script of the live page draws; empty without it. It stays while the rest is fetched again. */
function livePartHtml({ run, base, place }: RunPageContext): Html {
  const below = (path: string) => runAddress(base, `${run.id}/${path}`, place);
  return html`<section id="live" data-keep hidden aria-label="Live view" data-events="${below('events')}"
data-image="${below('image')}" data-report="${below('report-data')}" data-variance="${below('variance.json')}"
data-page="${runAddress(base, run.id, place)}" data-jobs="${base}/queues/queue/verger-extract/"></section>`;
}

const badgeOf = ({ tone, words }: Pick<RunFacts, 'tone' | 'words'>) => badgeHtml(tone, words);

const REST = ['Quarantine', 'Commands', 'Partitions', 'Files', 'Options'];

/** Links to the sections; that of workers only where there is one. */
function jumpsHtml(records: CachedRun['records']): Html {
  const names = [...(hasScaling(records) ? ['Workers'] : []), ...REST];
  return html`<nav class="jumps" aria-label="On this page">
<a class="live-only" href="#live-stages">Stages</a> <a class="live-only" href="#live-grid">Grid</a>
<a class="still" href="#stages-title">Stages</a> <a class="still" href="#failures-title">Failures</a>
${names.map((name) => html`<a href="#${name.toLowerCase()}-title">${name}</a>\n`)}</nav>`;
}

/** True before the commits of a run have been read as its page needs them. */
function isPartial({ records }: CachedRun): boolean {
  return records.plan !== undefined && records.completeAt !== records.newest;
}

function readWords({ lookedMs, records }: CachedRun, clock: Clock): string {
  if (lookedMs === undefined || records.reading !== undefined) return 'Being read from storage.';
  return `Read from storage ${ago(clock.monotonicMs() - lookedMs)}.`;
}

/** What is being read, and all that is wrong with what to do about it: the live page says the same. */
function noticesHtml({ run, queue, clock }: RunPageContext): (Html | false)[] {
  const { reading } = run.records;
  const at = clock.now();
  const monotonicMs = clock.monotonicMs();
  const { facts } = liveStateOf({ run, queue, places: new WorkerPlaces(), at, monotonicMs });
  const sentences = (tone: Trouble['tone']): HtmlPart[] =>
    facts.troubles
      .filter((trouble) => trouble.tone === tone)
      .map(({ what, next }) => html`${proseHtml(what)} ${proseHtml(next)}`);
  return [
    noticeHtml('bad', sentences('bad')),
    reading !== undefined &&
      reading.total > 0 &&
      noticeHtml('active', [
        `Reading ${formatCount(reading.done)} of ${formatCount(reading.total)} commits; numbers below are of those read.`,
      ]),
    noticeHtml('warn', sentences('warn')),
  ];
}

/** The bar, and the numbers that matter. */
function summaryHtml(
  { id, records }: CachedRun,
  facts: RunFacts,
  { queue, nowMs }: { readonly queue: QueueFacts | undefined; readonly nowMs: number },
): Html {
  const { listed, extracted, quarantined } = facts;
  const done = extracted + quarantined;
  const share = listed === 0 ? '' : `${formatShare(done / listed)} of `;
  const kept = records.report?.kept ?? null;
  const isDone = facts.state === 'done';
  const wallMs = records.report?.stages.extract.wallMs;
  const deadline = deadlineWords(facts.epoch?.deadline, nowMs, isDone);
  const stalled = stalledOf(facts, queue);
  const left = facts.etaMs === null || stalled !== null ? NONE : formatDuration(facts.etaMs);
  const fact = (name: string, value: HtmlPart, small?: HtmlPart) =>
    html`<div><dt>${name}</dt><dd>${value}${small !== undefined && html`<small>${small}</small>`}</dd></div>\n`;
  return html`<section class="panel" aria-label="Progress">
<div class="progress">${barHtml(done, listed, `Images of run ${id} that are done`)}
<span class="small">${share}${counted(listed, 'image')} done</span></div>
<dl class="facts">
${fact('Extracted', formatCount(extracted), `of ${formatCount(listed)}`)}
${fact('In quarantine', formatCount(quarantined), quarantineShare(facts))}
${fact('Rate', rateWords(facts.perSecond), facts.state === 'done' ? 'images, on average' : 'images, lately')}
${isDone && wallMs !== undefined ? fact('Extract took', formatDuration(wallMs)) : fact('Time left', left, stalled === null ? 'for extract' : STALLED_WORDS[stalled])}
${deadline !== undefined && fact('Deadline', deadline.at, deadline.left)}
${fact('Workers', isDone ? countOr(records.table?.since(0).workers) : workersWords(facts, queue))}
${fact('k', countOr(facts.k), kept === null ? 'components' : `components keep ${formatShare(kept)}`)}
</dl>
</section>`;
}

/** Links to the forms that cancel and resume; nothing in a dashboard that only shows. */
function actionsHtml({ base, run, place, actions }: RunPageContext, { state }: RunFacts): Html | false {
  if (actions === undefined || state === 'damaged') return false;
  const link = (action: string, words: string) =>
    html`<a class="button plain" href="${runAddress(base, `${run.id}/${action}`, place)}">${words}</a>`;
  const cancel = state === 'running' && link('cancel', 'Cancel…');
  const resume = state !== 'done' && actions.resume !== undefined && link('resume', 'Resume…');
  return (cancel || resume) && html`<p class="actions">${cancel} ${resume}</p>`;
}
