import { formatCount, formatShare, type PrecisionComparison } from '@verger/core';
import type { ReportData } from '../data/report-data.ts';
import { type Html, type HtmlPart, html } from '../html/html.ts';
import { tableHtml } from '../html/parts.ts';
import { nothingHtml, type Section } from './shown.ts';

type Figures = PrecisionComparison['int8'];

/** What int8 changed: a sentence, a table, and both curves of variance. Undefined for a run with float32. */
export function precisionSection({ facts: { report } }: ReportData): Section | undefined {
  if (report.fingerprint.precision === undefined) return undefined;
  const head = { id: 'precision', title: 'Precision: int8 against float32', short: 'Precision' };
  const { precision } = report;
  if (precision === undefined)
    return { ...head, body: nothingHtml('No image was held back from the calibration to compare both on.') };
  const { images, cosine } = precision;
  const [median, first, least] = [cosine.median, cosine.percentile1, cosine.least].map((value) =>
    value.toFixed(4),
  );
  return {
    ...head,
    body: html`<p>The features were computed with int8, an approximation of float32. On ${formatCount(images)} images that it was not calibrated on, the cosine between both is ${median} in the median, ${first} at the first percentile and ${least} at least.</p>
<div class="beside">${curvesHtml(precision)}
${figuresTable(precision)}</div>`,
  };
}

function figuresTable({ float32, int8, images }: PrecisionComparison): Html {
  const row = (name: string, { k, cumulative, accuracy }: Figures): HtmlPart[] => [
    name,
    formatCount(k),
    formatShare(cumulative[k - 1] ?? 0),
    accuracy === null ? 'one label' : formatShare(accuracy),
  ];
  const columns = [
    { head: 'Features', kind: 'name' },
    { head: 'k', kind: 'number' },
    { head: 'Variance kept', kind: 'number' },
    { head: 'Nearest centroid is their label’s', kind: 'number' },
  ] as const;
  return tableHtml({
    id: 'precision-table',
    caption: `PCA and labels of both precisions, on ${formatCount(images)} images`,
    columns,
    rows: [row('float32', float32), row('int8', int8)],
    look: 'narrow',
  });
}

const [WIDTH, HEIGHT] = [480, 240];

/** Cumulative variance of both: float32 as a line, int8 dashed. */
function curvesHtml({ float32, int8 }: PrecisionComparison): Html {
  const most = Math.max(1, float32.cumulative.length, int8.cumulative.length);
  const points = ({ cumulative }: Figures) =>
    [0, ...cumulative]
      .map((share, at) => `${Math.round((at / most) * WIDTH)},${Math.round((1 - share) * HEIGHT)}`)
      .join(' ');
  return html`<figure><svg viewBox="-4 -4 ${WIDTH + 8} ${HEIGHT + 8}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="Cumulative variance of float32 and int8 by number of components">
<path d="M0 0V${HEIGHT}H${WIDTH}" fill="none" stroke="currentColor" stroke-opacity=".4"/>
<polyline points="${points(float32)}" fill="none" stroke="currentColor" stroke-width="1.5"/>
<polyline points="${points(int8)}" fill="none" stroke="currentColor" stroke-width="2.5" stroke-opacity=".6" stroke-dasharray="2 5"/>
</svg><figcaption class="small muted">Variance kept by the first components, 0 to 100 %, of 0 to ${formatCount(most)}: float32 as a line, int8 dotted.</figcaption></figure>`;
}
