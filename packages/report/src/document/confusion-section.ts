import { counted, formatCount } from '@verger/core';
import type { MistakenPair, ReportData, ReportFacts } from '../data/report-data.ts';
import { type Html, type HtmlPart, html } from '../html/html.ts';
import { tableHtml } from '../html/parts.ts';
import {
  imagesHtml,
  labelAt,
  moreHtml,
  nothingHtml,
  numberWords,
  type Section,
  shareWords,
  stripHtml,
} from './shown.ts';

/** Labels that the heat map shows at most: the most confused ones of more. */
export const MOST_HEAT_LABELS = 150;
const ROWS = 12;
const MOST_ROWS = 100;
const OPEN_PAIRS = 4;

/** Which labels are mistaken for which: heat map, largest cells, pairs with pictures. */
export function confusionSection(data: ReportData): Section {
  const { facts } = data;
  const { labels, confusion } = facts;
  const head = { id: 'confusion', title: 'Labels mistaken for each other', short: 'Mistaken labels' };
  if (labels.length < 2) {
    const why =
      labels.length === 1
        ? 'There is only one label, so none can be mistaken for another.'
        : 'There are no labels to compare.';
    return { ...head, body: nothingHtml(why) };
  }
  if (confusion.compared === 0)
    return { ...head, body: nothingHtml('The images were not compared with centroids.') };
  const of =
    confusion.compared < facts.report.extracted
      ? ` ${counted(confusion.compared, 'image')} of ${formatCount(facts.report.extracted)} were compared.`
      : '';
  const few =
    labels.length > MOST_HEAT_LABELS
      ? ` The picture shows the ${MOST_HEAT_LABELS} labels that are confused most, of ${formatCount(labels.length)}.`
      : '';
  return {
    ...head,
    body: html`<p>An image counts as mistaken when the centroid of another label is nearer to it than that of its own. This is no classifier: it shows which labels the features keep apart.${of}${few}</p>
<div id="heatmap" class="chart"></div>
${cellsHtml(facts)}
${pairsHtml(data)}`,
  };
}

function cellsHtml(facts: ReportFacts): Html {
  const cells = mistakenCells(facts);
  if (cells.length === 0) return nothingHtml('Every image is nearest to the centroid of its own label.');
  const rows = cells
    .slice(0, MOST_ROWS)
    .map(([own, nearest, count]): HtmlPart[] => [
      labelAt(facts, own),
      labelAt(facts, nearest),
      formatCount(count),
      shareWords(count, facts.labels[own]?.compared ?? 0),
    ]);
  const columns = [
    { head: 'Own label', kind: 'name' },
    { head: 'Mistaken for', kind: 'long' },
    { head: 'Images', kind: 'number' },
    { head: 'Of its images', kind: 'number' },
  ] as const;
  const all =
    cells.length > MOST_ROWS
      ? `the first ${MOST_ROWS} of ${formatCount(cells.length)}`
      : formatCount(cells.length);
  const first = tableHtml({
    ...{ id: 'cells', caption: `Most frequent mistakes, by the nearest centroid (${all})`, columns },
    rows: rows.slice(0, ROWS),
  });
  const rest = rows.slice(ROWS);
  if (rest.length === 0) return first;
  const more = tableHtml({ ...{ id: 'more-cells', caption: 'Further mistakes', columns }, rows: rest });
  return html`${first}${moreHtml(counted(rest.length, 'further row'), more)}`;
}

/** Cells beside the diagonal, the largest first: [own, nearest, count]. */
export function mistakenCells({
  confusion,
}: Pick<ReportFacts, 'confusion'>): (readonly [number, number, number])[] {
  return confusion.cells
    .filter(([own, nearest, count]) => own !== nearest && count > 0)
    .sort((a, b) => b[2] - a[2] || a[0] - b[0] || a[1] - b[1]);
}

function pairsHtml(data: ReportData): Html | false {
  const { facts } = data;
  if (facts.pairs.length === 0) return false;
  const pairs = facts.pairs.map((pair) => pairHtml(data, pair));
  const rest = pairs.slice(OPEN_PAIRS);
  return html`<h3 id="pairs">Most mistakable pairs</h3>
<p class="muted">The images that lie deepest on the other label's side come first.</p>
${pairs.slice(0, OPEN_PAIRS)}
${rest.length > 0 && moreHtml(counted(rest.length, 'further pair'), rest)}`;
}

function pairHtml({ facts, tiles }: ReportData, pair: MistakenPair): Html {
  const [a, b] = [labelAt(facts, pair.a), labelAt(facts, pair.b)];
  const side = (own: number, other: string, images: MistakenPair['imagesOfA'], count: number) => {
    const name = labelAt(facts, own);
    const shown =
      count > 0
        ? imagesHtml(images, tiles > 0, () => false)
        : stripHtml(facts.labels[own]?.tiles.slice(0, 4) ?? [], name);
    const words =
      count > 0
        ? `${name} mistaken for ${other}: ${formatCount(count)}`
        : `${name}: none mistaken for ${other}`;
    return html`<div><h5>${words}</h5>\n${shown}</div>`;
  };
  return html`<section class="pair"><h4>${a} and ${b} <span class="muted">centroids ${numberWords(pair.distance)} apart</span></h4>
<div class="ends">${side(pair.a, b, pair.imagesOfA, pair.aAsB)}${side(pair.b, a, pair.imagesOfB, pair.bAsA)}</div></section>\n`;
}
