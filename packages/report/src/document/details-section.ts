import { counted, formatBytes, formatCount, printable } from '@verger/core';
import type { ReportData, ReportFacts } from '../data/report-data.ts';
import { type Html, type HtmlPart, html } from '../html/html.ts';
import { pairsHtml, tableHtml } from '../html/parts.ts';
import { timeHtml } from '../html/words.ts';
import type { Section } from './shown.ts';

/** What the results depend on: fingerprint, options, versions, numeric classes; submissions; cost. */
export function detailsSection({ facts }: ReportData): Section {
  const { report, manifest, versions } = facts;
  const { fingerprint } = report;
  return {
    ...{ id: 'details', title: 'Options and versions' },
    body: html`<div class="panel">
<h3>Images and partitions</h3>
${optionsHtml({ images: report.images, bytes: formatBytes(manifest.bytes), 'partitions made': formatCount(report.partitions), ...manifest.extraction })}
<h3>PCA</h3>
${report.model === undefined ? false : html`<p>The PCA model is that of run ${report.model.runId}, <code>${report.model.sha256}</code>; the options are those it was fitted with.</p>`}
${optionsHtml(manifest.pca)}
<h3>Fingerprint</h3>
<p class="small muted">Features can be compared between runs with the same fingerprint.</p>
${optionsHtml({ ...fingerprint })}
<h3>Identity</h3>
${optionsHtml({ 'run id': report.runId, identity: manifest.identity, 'listing sha256': manifest.listingSha256, location: facts.location })}
<h3>Versions</h3>
${optionsHtml(versions)}
${classesHtml(facts)}
${costHtml(facts)}
</div>
${epochsHtml(facts)}`,
  };
}

function optionsHtml(options: object): Html {
  return pairsHtml(
    Object.entries(options).map(([name, value]) => [
      words(name),
      html`<code>${printable(valueWords(value))}</code>`,
    ]),
  );
}

/** `maxPixels` → `max pixels` */
function words(name: string): string {
  return printable(
    name.replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`),
  );
}

function valueWords(value: unknown): string {
  if (value === null || value === undefined) return 'not set';
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
  return html`<h3>Numeric ${numericClasses.length === 1 ? 'class' : 'classes'}</h3>${note}<ul>${list}</ul>`;
}

function costHtml({ cost }: ReportFacts): Html | false {
  if (cost === undefined) return false;
  const usd = cost.usd < 0.01 ? 'less than $0.01' : `$${cost.usd.toFixed(2)}`;
  return html`<h3>Cost</h3><p>About ${usd} for the workers' time, at the prices of ${printable(cost.pricesOf)}.</p>`;
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
