import {
  comparedWords,
  cosineWords,
  counted,
  curveWords,
  formatCount,
  formatShare,
  isComparable,
  notComparedWords,
  type PrecisionComparison,
} from '@verger/core';
import type { ReportData } from '../data/report-data.ts';
import { type Html, type HtmlPart, html } from '../html/html.ts';
import { tableHtml } from '../html/parts.ts';
import { NONE } from '../html/words.ts';
import { nothingHtml, type Section } from './shown.ts';

type Figures = PrecisionComparison['int8'];

/** What int8 changed: sentences and a table. Undefined for a run with float32. */
export function precisionSection({ facts: { report } }: ReportData): Section | undefined {
  if (report.fingerprint.precision === undefined) return undefined;
  const head = { id: 'precision', title: 'Precision: int8 against float32', short: 'Precision' };
  const { precisionComparison: precision } = report;
  if (precision === undefined) return { ...head, body: nothingHtml(notComparedWords(report)) };
  const images = counted(precision.images, 'held-out image');
  const body = html`<p>The features were computed with int8, an approximation of float32. Both were computed for ${images}, which int8 was not calibrated on. Cosine similarity of the two: ${cosineWords(precision)}.</p>
${isComparable(precision) && figuresHtml(precision)}`;
  return { ...head, body };
}

function figuresHtml(precision: PrecisionComparison): Html {
  const row = (name: string, { k, cumulative, accuracy }: Figures): HtmlPart[] => [
    name,
    formatCount(k),
    formatShare(cumulative[k - 1] ?? 0),
    accuracy === null ? NONE : formatShare(accuracy),
  ];
  const columns = [
    { head: 'Features', kind: 'name' },
    { head: 'k', kind: 'number' },
    { head: 'Variance kept', kind: 'number' },
    { head: 'Nearest centroid is that of the own label', kind: 'number' },
  ] as const;
  const table = tableHtml({
    id: 'precision-table',
    caption: 'Both precisions',
    columns,
    rows: [row('float32', precision.float32), row('int8', precision.int8)],
    look: 'narrow',
  });
  return html`<p>${comparedWords(precision)}.</p>
${table}
<p class="small muted">${curveWords(precision)} Centroids are those of the run, in its own projection.</p>`;
}
