import { counted, formatBytes, formatCount, printable } from '@verger/core';
import type { ReportData, ReportFacts } from '../data/report-data.ts';
import { type Html, type HtmlPart, html } from '../html/html.ts';
import { pairsHtml, tableHtml } from '../html/parts.ts';
import { timeHtml } from '../html/words.ts';
import type { Section } from './shown.ts';

/** What the results depend on: fingerprint, options, versions, numeric classes; submissions; cost. */
export function detailsSection({ facts }: ReportData): Section {
  const { report, manifest, versions } = facts;
  const given =
    report.model !== undefined &&
    html`<p class="small">The model is that of run ${report.model.runId} (<code>${report.model.sha256}</code>), which was fitted with these options.</p>`;
  const images = { images: report.images, size: formatBytes(manifest.bytes), ...manifest.extraction };
  const groups: readonly (readonly [string, HtmlPart])[] = [
    ['Images and partitions', optionsHtml({ ...images, partitions: report.partitions })],
    ['PCA', html`${given}${optionsHtml(manifest.pca)}`],
    [
      'Fingerprint',
      html`<p class="small muted">Features can be compared between runs with the same fingerprint.</p>
${optionsHtml(report.fingerprint)}`,
    ],
    [
      'Identity',
      optionsHtml({
        ...{ 'run id': report.runId, location: facts.location, identity: manifest.identity },
        'listing sha256': manifest.listingSha256,
      }),
    ],
    ['Versions', optionsHtml(versions)],
    ['Numeric classes', classesHtml(facts)],
    ['Cost', costHtml(facts)],
  ];
  const shown = groups.filter(([, body]) => body !== false);
  return {
    ...{ id: 'details', title: 'Options and versions' },
    body: html`<div class="panel details-grid">
${shown.map(([title, body]) => html`<section><h3>${title}</h3>\n${body}</section>\n`)}</div>
${epochsHtml(facts)}`,
  };
}

/** Options that are not set are left out. */
function optionsHtml(options: object): Html {
  const set = Object.entries(options).filter(([, value]) => value !== null && value !== undefined);
  return pairsHtml(
    set.map(([name, value]) => [words(name), html`<code>${printable(valueWords(value))}</code>`]),
  );
}

/** `maxPixels` → `max pixels` */
function words(name: string): string {
  return printable(
    name.replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`),
  );
}

function valueWords(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return Number.isInteger(value) ? formatCount(value) : String(value);
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function classesHtml({ report: { numericClasses } }: ReportFacts): Html | false {
  if (numericClasses.length === 0) return false;
  const list = numericClasses.map(
    ({ numericClass, partitions }) =>
      html`<li><code>${printable(numericClass)}</code>: ${counted(partitions, 'partition')}</li>`,
  );
  const note =
    numericClasses.length > 1
      ? html`<p><strong>The features come from ${numericClasses.length} numeric classes</strong> (kinds of machine): they agree up to rounding, but not bit for bit.</p>`
      : html`<p class="small muted">All features come from machines that agree bit for bit.</p>`;
  return html`${note}<ul>${list}</ul>`;
}

function costHtml({ cost }: ReportFacts): Html | false {
  if (cost === undefined) return false;
  const usd = cost.usd < 0.01 ? 'less than $0.01' : `$${cost.usd.toFixed(2)}`;
  return html`<p>About ${usd} for the workers' time, at the prices of ${printable(cost.pricesOf)}.</p>`;
}

function epochsHtml({ epochs }: ReportFacts): Html | false {
  if (
    epochs.length < 2 &&
    epochs.every(({ queue, deadline }) => queue === undefined && deadline === undefined)
  )
    return false;
  const causes = { run: 'first', resume: 'to resume it', repair: 'to repair it' } as const;
  const rows = epochs.map(({ epoch, cause, at, queue, deadline }): HtmlPart[] => [
    String(epoch),
    causes[cause],
    timeHtml(at),
    queue === undefined ? 'the same process' : html`workers of <code>${printable(queue)}</code>`,
    deadline === undefined ? 'none' : timeHtml(deadline),
  ]);
  const columns = [
    { head: 'Epoch', kind: 'name' },
    { head: 'Why' },
    { head: 'Submitted', kind: 'nowrap' },
    { head: 'Done by', kind: 'long' },
    { head: 'Deadline', kind: 'nowrap' },
  ] as const;
  return html`<h3>Submissions</h3>
${tableHtml({ id: 'epochs', caption: 'Submissions of the run (epochs), the oldest first', columns, rows })}`;
}
