import { counted, formatCount } from '@verger/core';
import type { ReportData } from '../data/report-data.ts';
import { html } from '../html/html.ts';
import { nothingHtml, type Section } from './shown.ts';

/** The place of the scatter; the script draws it. */
export function projectionSection({ points }: ReportData): Section {
  const head = { id: 'projection', title: 'Projection' };
  if (points === null || points.count === 0) {
    return { ...head, body: nothingHtml('There is no projection: no image has features.') };
  }
  const sample =
    points.count < points.rows
      ? html` <strong>It shows an even sample of ${formatCount(points.count)} of ${formatCount(points.rows)}.</strong>`
      : html` It shows all ${counted(points.rows, 'image')}.`;
  return {
    ...head,
    body: html`<p>Each point is an image, ${points.components > 1 ? 'placed by two of its components' : 'placed by its only component, in a row for each label (the height within a row means nothing)'}: images that look alike to the network lie near each other. Its colour${points.components > 1 ? '' : ' and its row'} is its label.${sample}</p>
<div id="scatter"></div>`,
  };
}
