import { counted, formatCount, formatDuration, formatShare, printable, type Timeline } from '@verger/core';
import type { ReportData, ReportFacts } from '../data/report-data.ts';
import { type Html, type HtmlPart, html } from '../html/html.ts';
import { barHtml, tableHtml } from '../html/parts.ts';
import { NONE, rateWords } from '../html/words.ts';
import { moreHtml, nothingHtml, type Section } from './shown.ts';
import { endedOf, untimedWords } from './times.ts';

const WORKER_ROWS = 20;

/** Where the time went: by stage, per image, retries, timeline by worker, stragglers. */
export function timeSection({ facts }: ReportData): Section {
  return {
    ...{ id: 'time', title: 'Time' },
    body: html`${stagesHtml(facts)}
${perImageHtml(facts)}
${retriesHtml(facts)}
${timelineHtml(facts)}
${stragglersHtml(facts)}`,
  };
}

function stagesHtml(facts: ReportFacts): Html {
  const { stages, extracted, reused, model } = facts.report;
  const ms = (value: number | null) => (value === null ? NONE : formatDuration(value));
  const what =
    extracted > reused
      ? `read, decode, resize, infer, write; ${rateWords(stages.extract.imagesPerSecond).replace('/s', ' images/s')}`
      : extracted === 0
        ? 'read and decode; no image gave features'
        : 'take all features from another run';
  const rows: HtmlPart[][] = [
    ['Extract', ms(stages.extract.wallMs), what],
    [
      'Reduce',
      ms(stages.reduceMs),
      model === undefined ? 'merge the sums, fit the PCA' : `take the PCA model of run ${model.runId}`,
    ],
    ['Project', ms(stages.projectMs), 'features × components'],
    ...endedRows(facts),
  ];
  const columns = [
    { head: 'Stage', kind: 'name' },
    { head: 'Took', kind: 'number' },
    { head: 'What it does', kind: 'long' },
  ] as const;
  const why = untimedWords({ stages, extracted, epochs: facts.epochs });
  const note = why !== undefined && html`<p class="small muted">${why}</p>`;
  return html`${tableHtml({ id: 'stages', caption: 'Wall time by stage, without pauses between submissions', columns, rows })}${note}`;
}

/** The whole, which is more than the stages: their sum is not. */
function endedRows(facts: ReportFacts): HtmlPart[][] {
  const ended = endedOf(facts);
  if (ended === null) return [];
  const isLast = ended.submissions > 1;
  const from = isLast ? `the last of ${counted(ended.submissions, 'submission')}` : 'the submission';
  const also = 'also start, waits, and finish (check the files, make this page)';
  const what = `from ${from} until all results were made: ${also}`;
  return [[isLast ? 'Last submission' : 'In all', formatDuration(ended.tookMs), what]];
}

function perImageHtml({ report: { stages, extracted, reused } }: ReportFacts): Html {
  const images = extracted - reused;
  const { readMs, decodeMs, inferenceMs, encodeMs } = stages.extract;
  const total = readMs + decodeMs + inferenceMs + encodeMs;
  if (extracted === 0) return nothingHtml('No image gave features: there is no time per image.');
  if (images <= 0 || total <= 0) return nothingHtml('No image was read: there is no time per image.');
  const steps: readonly (readonly [string, number, string])[] = [
    ['Read', readMs, 'from the folder or bucket'],
    ['Decode', decodeMs, 'and resize to 224 × 224'],
    ['Inference', inferenceMs, 'MobileNetV2'],
    ['Encode', encodeMs, 'Parquet, hashes and sums'],
  ];
  const rows = steps.map(([name, ms, what]): HtmlPart[] => [
    name,
    `${(ms / images).toFixed(2)} ms`,
    formatShare(ms / total),
    barHtml(ms, total, `${name}: ${formatShare(ms / total)}`) || '',
    what,
  ]);
  const columns = [
    { head: 'Step', kind: 'name' },
    { head: 'Per image', kind: 'number' },
    { head: 'Share', kind: 'number' },
    { head: 'Of the whole' },
    { head: 'What it does', kind: 'nowrap' },
  ] as const;
  const caption = 'Where the time per image goes, in one child process';
  return tableHtml({ id: 'per-image', caption, columns, rows });
}

function retriesHtml({ retries, timeline }: ReportFacts): Html {
  const title = html`<h3>Time lost to retries</h3>`;
  if (retries.attempts === 0) return html`${title}${nothingHtml('None: no attempt failed.')}`;
  const rows = retries.codes.map(({ code, attempts, lostMs }): HtmlPart[] => [
    html`<code>${printable(code)}</code>`,
    formatCount(attempts),
    formatDuration(lostMs),
  ]);
  const columns = [
    { head: 'Code', kind: 'name' },
    { head: 'Failed attempts', kind: 'number' },
    { head: 'Time lost', kind: 'number' },
  ] as const;
  const busy = timeline?.partitions.wallMs.reduce((sum, ms) => sum + ms, 0) ?? 0;
  const share = busy > 0 ? ` (${formatShare(retries.lostMs / busy)} of the time of all partitions)` : '';
  return html`${title}
<p>${counted(retries.attempts, 'attempt')} failed, which cost ${formatDuration(retries.lostMs)}${share}. Partitions were tried again, so no image was lost by that.</p>
${tableHtml({ id: 'retries', caption: 'Failed attempts by code', columns, rows, look: 'narrow' })}`;
}

function timelineHtml({ timeline }: ReportFacts): Html {
  const title = html`<h3 id="by-worker">Timeline of partitions by worker</h3>`;
  if (timeline === null || timeline.partitions.worker.length === 0) {
    return html`${title}${nothingHtml('The run has no timeline.')}`;
  }
  return html`${title}
<p class="muted">A row per worker, a bar per partition (those it had at the same time below each other), a cross per failed attempt; amber bars were tried more than once. Drag to zoom in, double-click for the whole run.</p>
<div id="timeline" class="chart"></div>
${workersHtml(timeline)}`;
}

/** What one worker did. Milliseconds. */
interface WorkerRow {
  partitions: number;
  images: number;
  busyMs: number;
  failures: number;
}

/** Partitions, images, time and failed attempts of each worker of a timeline. */
export function workerRows({ workers, partitions, failures }: Timeline): WorkerRow[] {
  const rows = workers.map((): WorkerRow => ({ partitions: 0, images: 0, busyMs: 0, failures: 0 }));
  for (const [at, worker] of partitions.worker.entries()) {
    const row = rows[worker];
    if (row === undefined) continue;
    row.partitions += 1;
    row.images += (partitions.extracted[at] ?? 0) + (partitions.quarantined[at] ?? 0);
    row.busyMs += partitions.wallMs[at] ?? 0;
  }
  for (const { worker } of failures) {
    const row = rows[worker];
    if (row !== undefined) row.failures += 1;
  }
  return rows;
}

function workersHtml(timeline: Timeline): Html {
  const totals = workerRows(timeline);
  const order = totals
    .map((_, at) => at)
    .sort((a, b) => (totals[b]?.images ?? 0) - (totals[a]?.images ?? 0) || a - b);
  const rows = order.map((at): HtmlPart[] => {
    const [worker, total] = [timeline.workers[at], totals[at]];
    return [
      printable(worker?.name ?? ''),
      html`${printable(worker?.host ?? '')}${worker?.instanceType !== undefined && html` <span class="muted">${printable(worker.instanceType)}</span>`}`,
      formatCount(total?.partitions ?? 0),
      formatCount(total?.images ?? 0),
      formatDuration(total?.busyMs ?? 0),
      formatCount(total?.failures ?? 0),
    ];
  });
  const columns = [
    { head: 'Worker', kind: 'name' },
    { head: 'Host' },
    { head: 'Partitions', kind: 'number' },
    { head: 'Images', kind: 'number' },
    { head: 'Time of partitions', kind: 'number' },
    { head: 'Failed attempts', kind: 'number' },
  ] as const;
  const first = tableHtml({
    ...{ id: 'workers', caption: `Workers (${formatCount(rows.length)}), the most images first`, columns },
    rows: rows.slice(0, WORKER_ROWS),
  });
  const rest = rows.slice(WORKER_ROWS, 500);
  if (rest.length === 0) return first;
  const more = tableHtml({ ...{ id: 'more-workers', caption: 'Further workers', columns }, rows: rest });
  return html`${first}${moreHtml(counted(rest.length, 'further worker'), more)}`;
}

function stragglersHtml({ stragglers, timeline }: ReportFacts): Html {
  const title = html`<h3>Stragglers</h3>`;
  if (stragglers.length === 0) {
    return html`${title}${nothingHtml('None: no partition took much longer per image than the others.')}`;
  }
  const rows = stragglers.map(({ partition, worker, wallMs, ratio, attempts }): HtmlPart[] => [
    String(partition),
    printable(timeline?.workers[worker]?.name ?? NONE),
    formatDuration(wallMs),
    `${ratio.toFixed(1)} ×`,
    formatCount(attempts),
  ]);
  const columns = [
    { head: 'Partition', kind: 'name' },
    { head: 'Worker' },
    { head: 'Took', kind: 'number' },
    { head: 'Of the median per image', kind: 'number' },
    { head: 'Attempts', kind: 'number' },
  ] as const;
  return html`${title}
${tableHtml({ id: 'stragglers', caption: 'Partitions that took much longer than the others, for their images', columns, rows })}`;
}
