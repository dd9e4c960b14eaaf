import {
  counted,
  type Failure,
  formatBytes,
  formatCount,
  formatDuration,
  printable,
  runLayout,
} from '@verger/core';
import { jobId } from '@verger/queue';
import {
  badgeHtml,
  type Html,
  type HtmlPart,
  html,
  NONE,
  pageOf,
  pagerHtml,
  tableHtml,
  timeHtml,
} from '@verger/report';
import { type CachedRun, PART_KINDS, type RunFacts, type RunPlan, type Tone } from '@verger/run-index';

const PAGE_ROWS = 100;

/** The states by which partitions are filtered. `retried`: attempts failed, and another may be made. */
const STATES = ['committed', 'open', 'retried', 'failed', 'damaged'] as const;
type PartitionState = (typeof STATES)[number];
const WORDS: Record<PartitionState, { words: string; tone: Tone }> = {
  committed: { words: 'committed', tone: 'good' },
  open: { words: 'not committed', tone: 'quiet' },
  retried: { words: 'failed, retried', tone: 'warn' },
  failed: { words: 'failed', tone: 'bad' },
  damaged: { words: 'damaged', tone: 'bad' },
};

/** What the table of partitions is made from. */
export interface PartitionsContext {
  readonly base: string;
  readonly query: URLSearchParams;
  /** Keeps the place in links, where several have a run of this id. */
  readonly place: string | undefined;
  /** Jobs are linked where the dashboard shows the queue of the run. */
  readonly linkJobs: boolean;
}

/** The partitions of a run in pages of 100, of one state if the query says so. */
export function partitionsHtml(run: CachedRun, facts: RunFacts, context: PartitionsContext): Html {
  const { plan } = run.records;
  if (plan === undefined) return html``;
  const states = statesOf(run, plan);
  const state = STATES.find((one) => one === context.query.get('state'));
  const wanted = [...states.keys()].filter((at) => state === undefined || states[at] === state);
  const { page, pages, shown } = pageOf(wanted, context.query, PAGE_ROWS);
  const link = (to: { state?: string | undefined; page?: number }) => {
    const place = context.place === undefined ? {} : { place: context.place };
    const fields = { ...place, ...(to.state === undefined ? {} : { state: to.state }) };
    const number = to.page === undefined ? {} : { page: String(to.page) };
    return `?${new URLSearchParams({ ...fields, ...number })}#partitions-title`;
  };
  const failures = byPartition(run.records.failures.values());
  const rows = shown.map((at) =>
    cells(run, { at, state: states[at] ?? 'open', failures: failures.get(at) ?? [], facts, context }),
  );
  const caption = `${counted(wanted.length, 'partition')}${pages > 1 ? `, page ${page} of ${pages}` : ''}`;
  return html`<h2 id="partitions-title">Partitions</h2>
<details class="fold" id="all-partitions" open><summary>Table of ${counted(plan.partitions, 'partition')}</summary>
${filtersHtml(states, state, link)}
${tableHtml({ id: 'partitions', caption, columns: COLUMNS, rows })}
${pagerHtml({ page, pages, label: 'Pages of partitions' }, (number) => link({ state, page: number }))}
${partFilesHtml(run, plan, shown)}
</details>`;
}

function byPartition(failures: Iterable<Failure>): Map<number, Failure[]> {
  const map = new Map<number, Failure[]>();
  for (const failure of failures) {
    if (failure.partition === null || failure.kind !== 'extract') continue;
    map.set(failure.partition, [...(map.get(failure.partition) ?? []), failure]);
  }
  return map;
}

/** The state of each partition. */
function statesOf({ records }: CachedRun, plan: RunPlan): PartitionState[] {
  const layout = runLayout(plan.manifest.partDigits);
  const states = Array.from(
    { length: plan.partitions },
    (_, at): PartitionState => (records.table?.has(at) === true ? 'committed' : 'open'),
  );
  for (const { kind, partition, permanent } of records.failures.values()) {
    if (kind !== 'extract' || partition === null || states[partition] === 'committed') continue;
    if (partition < states.length && states[partition] !== 'failed')
      states[partition] = permanent ? 'failed' : 'retried';
  }
  if (records.faults.size === 0) return states;
  return states.map((state, at) => (records.faults.has(layout.commit(at)) ? 'damaged' : state));
}

function filtersHtml(
  states: readonly PartitionState[],
  state: PartitionState | undefined,
  link: (to: { state?: string }) => string,
): Html {
  const counts = new Map<PartitionState, number>();
  for (const one of states) counts.set(one, (counts.get(one) ?? 0) + 1);
  const here = (is: boolean) => is && html` aria-current="true"`;
  const links = STATES.filter((one) => counts.has(one) || one === state).map(
    (one) =>
      html`<a href="${link({ state: one })}"${here(one === state)}>${WORDS[one].words} (${formatCount(counts.get(one) ?? 0)})</a>\n`,
  );
  return html`<nav class="filters" aria-label="Partitions by state">
<a href="${link({})}"${here(state === undefined)}>all (${formatCount(states.length)})</a>
${links}</nav>`;
}

const COLUMNS = [
  { head: 'Partition', kind: 'name' },
  { head: 'State', kind: 'nowrap' },
  { head: 'Images', kind: 'number' },
  { head: 'Extracted', kind: 'number' },
  { head: 'Quarantine', kind: 'number' },
  { head: 'Attempts', kind: 'number' },
  { head: 'Took', kind: 'number' },
  { head: 'Committed', kind: 'nowrap' },
  { head: 'Worker' },
  { head: 'Job' },
] as const;

interface CellContext {
  readonly at: number;
  readonly state: PartitionState;
  readonly failures: readonly Failure[];
  readonly facts: RunFacts;
  readonly context: PartitionsContext;
}

function cells(run: CachedRun, { at, state, failures, facts, context }: CellContext): HtmlPart[] {
  const { table, plan } = run.records;
  const row = table?.row(at);
  const { words, tone } = WORDS[state];
  const last = failures.at(-1);
  const codes = state === 'committed' ? [] : [...new Set(failures.map(({ code }) => code))];
  return [
    html`<span id="partition-${at}">${String(at)}</span>`,
    html`${badgeHtml(tone, words)}${codes.map((code) => html`<br><code>${printable(code)}</code>`)}`,
    formatCount(plan?.images[at] ?? 0),
    row === undefined ? NONE : formatCount(row.extracted),
    row === undefined ? NONE : formatCount(row.quarantined),
    String(row?.attempt ?? failures.length),
    row === undefined ? NONE : formatDuration(row.wallMs),
    timeHtml(row?.atMs),
    printable(row?.worker ?? (last === undefined ? NONE : `${last.worker.name} on ${last.worker.host}`)),
    jobHtml(run, at, row?.epoch ?? facts.epoch?.epoch, context),
  ];
}

function jobHtml(
  run: CachedRun,
  partition: number,
  epoch: number | undefined,
  { base, linkJobs }: PartitionsContext,
): HtmlPart {
  const runId = run.records.plan?.manifest.runId;
  if (!linkJobs || epoch === undefined || runId === undefined) return NONE;
  const id = jobId({ location: run.location, runId, epoch, kind: 'extract', partition });
  return html`<a href="${base}/queues/queue/verger-extract/${encodeURIComponent(id)}" aria-label="Job of partition ${partition}">job</a>`;
}

/** Sizes and hashes of the files of these partitions. */
function partFilesHtml({ records }: CachedRun, plan: RunPlan, partitions: readonly number[]): Html | false {
  const layout = runLayout(plan.manifest.partDigits);
  const rows = partitions.flatMap((at) => {
    const row = records.table?.row(at);
    return PART_KINDS.flatMap((kind): HtmlPart[][] => {
      const file = records.success?.parts[kind].get(at) ?? (kind === 'projection' ? undefined : row?.[kind]);
      if (file === undefined) return [];
      return [
        [
          html`<code>${layout[kind](at)}</code>`,
          formatBytes(file.bytes),
          html`<code class="hash">${file.sha256}</code>`,
        ],
      ];
    });
  });
  if (rows.length === 0) return false;
  const columns = [
    { head: 'File', kind: 'name' },
    { head: 'Size', kind: 'number' },
    { head: 'sha256', kind: 'long' },
  ] as const;
  return html`<details id="part-files"><summary>Files of these partitions, with sizes and hashes</summary>
${tableHtml({ id: 'part-files-table', caption: 'Files of the partitions above', columns, rows })}
</details>`;
}
