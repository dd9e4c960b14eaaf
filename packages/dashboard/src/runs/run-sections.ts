import {
  counted,
  type Failure,
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  printable,
  RUN_FILES,
} from '@verger/core';
import {
  type Html,
  type HtmlPart,
  html,
  NONE,
  pairsHtml,
  proseHtml,
  tableHtml,
  timeHtml,
  untimedWords,
} from '@verger/report';
import type { RunFacts, RunRecords } from '@verger/run-index';
import { nextOf } from './error-words.ts';

/** The stages of a run with their counts and times. */
export function stagesHtml(records: RunRecords, facts: RunFacts): Html {
  const { step, partitions, projected, listed, committed, extracted, quarantined } = facts;
  const stages = records.report?.stages;
  const order = ['extract', 'reduce', 'project', 'finish', 'done'];
  const stateOf = (stage: string) => {
    const [at, now] = [order.indexOf(stage), order.indexOf(step)];
    if (at < now) return 'done';
    return at === now ? (facts.state === 'running' ? 'under way' : 'next') : 'not begun';
  };
  const given = records.plan?.manifest.model;
  const model = given === undefined ? 'merge the sums, fit the PCA' : `take the model of run ${given.runId}`;
  const ms = (value: number | null | undefined) =>
    value === null || value === undefined ? NONE : formatDuration(value);
  const images = `${formatCount(extracted + quarantined)} of ${formatCount(listed)} images`;
  const rows: HtmlPart[][] = [
    [
      'extract',
      stateOf('extract'),
      `${images}, ${formatCount(committed)} of ${counted(partitions, 'partition')}`,
      ms(stages?.extract.wallMs),
    ],
    ['reduce', stateOf('reduce'), model, ms(stages?.reduceMs)],
    [
      'project',
      stateOf('project'),
      `${formatCount(projected)} of ${counted(partitions, 'partition')}`,
      ms(stages?.projectMs),
    ],
    ['finish', stateOf('finish'), 'quarantine, CSV if asked for, report', NONE],
  ];
  const columns = [
    { head: 'Stage', kind: 'name' },
    { head: 'State' },
    { head: 'Count' },
    { head: 'Time', kind: 'number' },
  ] as const;
  return html`<div class="still"><h2 id="stages-title">Stages</h2>
${tableHtml({ id: 'stages', caption: 'Stages of the run, in order', columns, rows })}
${untimedHtml(records, facts)}</div>
${timesHtml(records, facts)}`;
}

/** Why a stage of a finished run has no time. */
function untimedHtml({ report, epochs }: RunRecords, { extracted }: RunFacts): Html | false {
  const why = report && untimedWords({ stages: report.stages, extracted, epochs: [...epochs.values()] });
  return why !== undefined && html`<p class="small muted">${why}</p>`;
}

/** Time per image by step, over the partitions that are committed. */
function timesHtml({ table, report }: RunRecords, { extracted, reused }: RunFacts): Html | false {
  const times = report?.stages.extract ?? table?.times();
  const images = extracted - reused;
  if (times === undefined || images <= 0) return false;
  const per = (ms: number) => `${(ms / images).toFixed(2)} ms`;
  const steps = [
    `read ${per(times.readMs)}`,
    `decode and resize ${per(times.decodeMs)}`,
    `inference ${per(times.inferenceMs)}`,
    `encode ${per(times.encodeMs)}`,
  ];
  return html`<p class="small muted">Time per image in one child process: ${steps.join(', ')}.</p>`;
}

interface CodeRow {
  readonly code: string;
  count: number;
  last: Failure;
  readonly partitions: Set<number>;
  isFinal: boolean;
}

/** Failed attempts of the newest epoch by code, with what to do next. */
export function failuresHtml(records: RunRecords, facts: RunFacts): Html {
  const codes = new Map<string, CodeRow>();
  for (const failure of records.failures.values()) {
    const row = codes.get(failure.code) ?? rowOf(failure);
    row.count += 1;
    if (failure.at > row.last.at) row.last = failure;
    if (failure.partition !== null) row.partitions.add(failure.partition);
    row.isFinal ||= failure.permanent;
    codes.set(failure.code, row);
  }
  const title = html`<h2 id="failures-title">Failed attempts</h2>`;
  if (codes.size === 0) {
    const when = facts.epoch === undefined ? '' : ` in epoch ${facts.epoch.epoch}`;
    return html`<div class="still">${title}<p class="muted">None${when}.</p></div>`;
  }
  const rows = [...codes.values()].sort((a, b) => b.count - a.count).map(failureCells);
  const columns = [
    { head: 'Code', kind: 'name' },
    { head: 'Attempts', kind: 'number' },
    { head: 'Reason', kind: 'long' },
    { head: 'Next step', kind: 'long' },
    { head: 'Where' },
    { head: 'Last', kind: 'nowrap' },
  ] as const;
  const unread = records.failureCount - records.failures.size;
  const caption = `Failed attempts of epoch ${records.newest} by code`;
  return html`<div class="still">${title}
${tableHtml({ id: 'failures', caption, columns, rows })}</div>
${unread > 0 && html`<p class="muted">${counted(unread, 'further record')} of failed attempts not read.</p>`}`;
}

function rowOf(failure: Failure): CodeRow {
  const { code } = failure;
  return { code, count: 0, last: failure, partitions: new Set(), isFinal: false };
}

function failureCells({ code, count, last, partitions, isFinal }: CodeRow): HtmlPart[] {
  const some = [...partitions].sort((a, b) => a - b).slice(0, 5);
  const more = partitions.size > some.length ? ` and ${partitions.size - some.length} more` : '';
  const where = partitions.size === 0 ? last.kind : `partition ${some.join(', ')}${more}`;
  return [
    html`<code class="nowrap">${printable(code.slice(0, 60))}</code>${isFinal && html`<br><span class="small">not retried</span>`}`,
    formatCount(count),
    html`${printable(last.reason)}${last.path !== null && html`<br><code>${printable(last.path)}</code>`}`,
    proseHtml(nextOf(code) ?? last.next),
    where,
    html`${timeHtml(last.at)}<br><span class="small muted">${printable(`${last.worker.name} on ${last.worker.host}`)}</span>`,
  ];
}

/** The frozen options of a run, and what its newest epoch asks of finish. */
export function optionsHtml({ plan, epochs, newest }: RunRecords): Html {
  if (plan === undefined) return html``;
  const { extraction, pca, fingerprint, listing, identity } = plan.manifest;
  const finish = epochs.get(newest)?.finish;
  const pairs = (options: object) =>
    pairsHtml(
      Object.entries(options).map(([name, value]) => [
        name,
        html`<code>${printable(valueWords(value))}</code>`,
      ]),
    );
  return html`<h2 id="options-title">Options</h2>
<details class="fold" id="all-options" open><summary>All options of the run</summary>
<div class="panel">
<h3>Images and partitions (part of the run id)</h3>
${pairs({ images: plan.manifest.images, ...extraction })}
<h3>PCA (part of the run id)</h3>
${pairs(pca)}
<h3>Finish${finish === undefined ? '' : ` (epoch ${newest})`}</h3>
${finish === undefined ? html`<p class="muted">The run is not submitted.</p>` : pairs(finish)}
<details id="identity"><summary>Identity and fingerprint</summary>
${pairs({ identity, 'listing sha256': listing.sha256, labels: listing.labels, ...fingerprint })}
</details>
</div></details>`;
}

function valueWords(value: unknown): string {
  if (value === null) return 'none';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** The single files of a run with sizes and hashes, and the sums over the files of partitions. */
export function filesHtml({ success, table, plan }: RunRecords): Html {
  const parts = {
    features: table?.fileTotals('features'),
    sums: table?.fileTotals('sums'),
    projection: undefined,
  };
  const totals = Object.entries(success?.parts ?? {}).map(
    ([kind, column]) => [kind, column.total()] as const,
  );
  const known = success === undefined ? Object.entries(parts) : totals;
  const rows: HtmlPart[][] = known.flatMap(([kind, total]) =>
    total === undefined || total.files === 0
      ? []
      : [
          [
            `${kind} of ${counted(total.files, 'partition')}`,
            formatBytes(total.bytes),
            'with the partitions above',
          ],
        ],
  );
  const single = [...(success?.files ?? [])].map(([name, { bytes, sha256 }]) => [
    html`<code>${printable(name)}</code>`,
    formatBytes(bytes),
    html`<code class="hash">${sha256}</code>`,
  ]);
  const columns = [
    { head: 'File', kind: 'name' },
    { head: 'Size', kind: 'number' },
    { head: 'sha256', kind: 'long' },
  ] as const;
  const note =
    success === undefined
      ? html`<p class="muted">Hashes of the other files are written when the run is finished.</p>`
      : html`<p class="muted">As <code>${RUN_FILES.success}</code> has them; <code>verger verify</code> compares.</p>`;
  return html`<h2 id="files-title">Files</h2>
${plan !== undefined && rows.length + single.length > 0 && tableHtml({ id: 'files', caption: 'Data files of the run', columns, rows: [...single, ...rows] })}
${note}`;
}

/** The share of images in quarantine. */
export function quarantineShare({ quarantined, listed }: RunFacts): string {
  if (listed === 0) return NONE;
  const share = quarantined / listed;
  return share > 0 && share < 0.0005 ? '< 0.1 %' : formatShare(share);
}
