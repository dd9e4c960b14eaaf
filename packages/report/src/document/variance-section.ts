import { counted, formatCount, formatShare } from '@verger/core';
import type { ReportData, ReportFacts } from '../data/report-data.ts';
import { type Html, type HtmlPart, html } from '../html/html.ts';
import { tableHtml } from '../html/parts.ts';
import { imagesHtml, labelAt, moreHtml, nothingHtml, numberWords, type Section } from './shown.ts';

const MARKS = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000];

/** The cumulative variance with the chosen k: chart, sentence, table. */
export function varianceSection({ facts }: ReportData): Section {
  const head = { id: 'variance', title: 'Variance and the choice of k', short: 'Variance and k' };
  const { pca } = facts.report;
  if (pca === null) return { ...head, body: nothingHtml('There is no PCA: no image has features.') };
  return {
    ...head,
    body: html`<p>${chosenSentence(facts)} <span class="muted">A component is a direction in the 1,280 features; the first one is that along which the images differ most. Variance is how much they differ. The line is what the first components keep together, the bars what each adds.</span></p>
<div class="beside"><div id="variance-chart" class="chart"></div>
${varianceTable(facts)}</div>`,
  };
}

/** How k was chosen, in a sentence. */
export function chosenSentence({ report: { pca, model }, variance }: ReportFacts): string {
  if (pca === null) return '';
  const { k, options } = pca;
  const kept = (count: number) => formatShare(cumulativeAt(variance, count));
  const keep = `${counted(k, 'component')} ${k === 1 ? 'keeps' : 'keep'} ${kept(k)} of the variance`;
  const extras = [
    options.standardise && 'each feature was divided by its standard deviation first',
    options.sparkCompatible && 'the projection is not centred, as in Spark',
  ].filter((one) => one !== false);
  const extra = extras.length === 0 ? '' : ` (${extras.join('; ')})`;
  if (model !== undefined)
    return `k = ${k} comes with the PCA model of run ${model.runId}: there, ${keep}${extra}.`;
  if (options.variance === null) return `k = ${k} was asked for (--components): ${keep}${extra}.`;
  const before =
    k > 1 ? `; ${k - 1} would keep ${shareBelow(cumulativeAt(variance, k - 1), options.variance)}` : '';
  return `k = ${k} is the smallest number of components that keeps the ${formatShare(options.variance)} asked for (--variance): ${keep}${before}${extra}.`;
}

/** A share with as many digits as it takes to be seen below a limit. */
export function shareBelow(share: number, limit: number): string {
  const digits =
    [1, 2, 3, 4].find((count) => (share * 100).toFixed(count) !== (limit * 100).toFixed(count)) ?? 5;
  return `${(share * 100).toFixed(digits)} %`;
}

/** Share of the variance that the first `count` components keep, from the shares of each. */
export function cumulativeAt(variance: readonly number[], count: number): number {
  return Math.min(
    1,
    variance.slice(0, count).reduce((sum, share) => sum + share, 0),
  );
}

function varianceTable({ variance, report: { pca } }: ReportFacts): Html {
  const k = pca?.k ?? 0;
  const counts = [...new Set([...MARKS, k])].filter(
    (count) => count >= 1 && count <= Math.max(k, variance.length),
  );
  const rows: HtmlPart[][] = counts
    .sort((a, b) => a - b)
    .map((count) => [
      count === k ? html`<strong>${count} (k)</strong>` : formatCount(count),
      formatShare(cumulativeAt(variance, count)),
      formatShare(variance[count - 1] ?? 0),
    ]);
  const columns = [
    { head: 'Components', kind: 'name' },
    { head: 'Kept together', kind: 'number' },
    { head: 'The last one alone', kind: 'number' },
  ] as const;
  return tableHtml({
    id: 'variance-table',
    caption: 'Variance kept by the first components',
    columns,
    rows,
    look: 'narrow',
  });
}

/** The images at both ends of the first components. */
export function componentsSection({ facts, tiles }: ReportData): Section {
  const head = { id: 'components', title: 'What the components see', short: 'Components' };
  const { components } = facts;
  if (components.length === 0) return { ...head, body: nothingHtml('There are no components to show.') };
  const ends = components.map(({ component, share, low, high }) => {
    const end = (name: string, images: typeof low) => html`<div><h4>${name}</h4>
${imagesHtml(images, tiles > 0, (image) => html`${labelAt(facts, image.label)} <span class="muted">${numberWords(image.value)}</span>`)}</div>`;
    return html`<section class="component" aria-label="Component ${component}">
<h3>Component ${component} <span class="muted">${formatShare(share)} of the variance</span></h3>
<div class="ends">${end('Low end', low)}${end('High end', high)}</div>
</section>\n`;
  });
  const [first, ...rest] = [ends.slice(0, 2), ends.slice(2)];
  return {
    ...head,
    body: html`<p>The images with the lowest and the highest value of each component, the outermost first. What differs between the two ends is what the component measures; its sign has no meaning.</p>
${first}${rest.flat().length > 0 && moreHtml(`Components 3 to ${components.length}`, rest.flat())}`,
  };
}
