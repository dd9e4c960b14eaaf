import { formatCount } from '@verger/core';
import type { LabelFacts, ReportData } from '../data/report-data.ts';
import { type Html, html } from '../html/html.ts';
import { LABEL_COLUMNS, labelCells, MOST_LABEL_ROWS } from './label-row.ts';
import { nothingHtml, type Section, stripHtml } from './shown.ts';

/** The labels: a table that the script sorts and searches. Without a script its first rows can be read. */
export function labelsSection({ facts }: ReportData): Section {
  const { labels, report } = facts;
  const head = { id: 'labels', title: 'Labels' };
  if (labels.length === 0)
    return { ...head, body: nothingHtml('No image has features, so no label has any.') };
  const cut = report.labelsTruncated
    ? html`<p>The run has more labels than the ${formatCount(labels.length)} that a report keeps; the others are in the projection.</p>`
    : false;
  return {
    ...head,
    body: html`<p><span class="muted">The centroid of a label is the mean of its images in the projection; its spread is how far they lie from it on average (root mean square). Nearest to own: the share of its images that are nearer to this centroid than to any other.</span></p>
${cut}
<div id="label-tools" class="chart-tools"></div>
${labelTable(labels)}`,
  };
}

function labelTable(labels: readonly LabelFacts[]): Html {
  const shown = labels.slice(0, MOST_LABEL_ROWS);
  const hasPictures = labels.some(({ tiles }) => tiles.length > 0);
  const rows = shown.map((facts) => {
    const [name = '', ...cells] = labelCells(labels, facts);
    return html`<tr><th scope="row">${name}</th>${cells.map(
      (cell, at) => html`<td class="${LABEL_COLUMNS[at + 1]?.kind ?? ''}">${cell}</td>`,
    )}${hasPictures && html`<td class="pictures">${stripHtml(facts.tiles, name)}</td>`}</tr>\n`;
  });
  const heads = LABEL_COLUMNS.map(
    ({ key, head, kind }) =>
      html`<th scope="col" data-key="${key}" data-head="${head}" class="${kind === 'number' ? 'number' : ''}">${head}</th>`,
  );
  const few = shown.length < labels.length;
  const caption = few
    ? `Labels (the first ${formatCount(shown.length)} of ${formatCount(labels.length)} by name)`
    : `Labels (${formatCount(labels.length)})`;
  return html`<div class="scroll tall" id="label-table" tabindex="0" role="region" aria-label="Labels">
<table class="labels">
<caption>${caption}</caption>
<thead><tr>${heads}${hasPictures && html`<th scope="col">Some of its images</th>`}</tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>`;
}
