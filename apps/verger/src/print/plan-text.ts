import { counted, formatBytes, formatCount, formatDuration, printable } from '@verger/core';
import type { Planned } from '../plan/planned.ts';
import { archivedText } from './archived-text.ts';
import { fleetLines } from './fleet-text.ts';
import { leftOutLines } from './listing-lines.ts';

const SHOWN_LABELS = 4;

/** A plan as aligned lines. */
export function planText(plan: Planned): string {
  const { runId, images, listed, bytes, output, found, labels, partitions } = plan;
  const cut =
    partitions.smallest === partitions.largest
      ? formatCount(partitions.smallest)
      : `${formatCount(partitions.smallest)} to ${formatCount(partitions.largest)}`;
  const lines = [
    `plan for ${printable(images)} (nothing is written)`,
    `  run         ${runId ?? 'unknown id: it depends on the weights, and there are none yet'}`,
    ...(runId === null ? [] : [`  in          ${printable(output)}: ${found ?? 'does not exist yet'}`]),
    `  images      ${formatCount(listed)} listed (${formatBytes(bytes)})${refusedText(plan)}`,
    ...leftOutLines(plan.leftOut).map((line) => `  ${line}`),
    ...(plan.archived === 0 ? [] : [`  WARNING     ${archivedText(plan.archived, listed)}`]),
    `  labels      ${counted(labels.count, 'label')}${labelsText(plan)}`,
    ...plan.notes.map((line) => `  ${line}`),
    `  partitions  ${formatCount(partitions.count)} of ${cut} ` +
      `${partitions.largest === 1 ? 'image' : 'images'}`,
    ...measuredLines(plan),
    ...(plan.fleet === null ? [] : ['', ...fleetLines(plan.fleet)]),
  ];
  return lines.join('\n');
}

function refusedText({ refused }: Planned): string {
  const codes = Object.entries(refused).map(([code, count]) => `${code} × ${formatCount(count)}`);
  return codes.length === 0 ? '' : `; refused: ${codes.join(', ')}`;
}

function labelsText({ labels: { count, largest, smallest } }: Planned): string {
  const words = (all: Planned['labels']['largest']) =>
    all
      .slice(0, SHOWN_LABELS)
      .map(({ label, count }) => `${label === '' ? '(none)' : printable(label)} (${formatCount(count)})`)
      .join(', ');
  if (smallest.length === 0) return `: ${words(largest)}${count > SHOWN_LABELS ? ', …' : ''}`;
  return `; largest ${words(largest)}; smallest ${words(smallest)}`;
}

function measuredLines({ measured, estimate, processes, freeBytes }: Planned): string[] {
  if (measured === null || estimate === null) return [];
  const rate = (1000 / (measured.extractMs + measured.sealMs / processes)).toFixed(0);
  const bad = measured.images - measured.extracted;
  const parts = [`features ${formatBytes(estimate.features)}`, `sums ${formatBytes(estimate.sums)}`];
  if (estimate.projection !== null) parts.push(`projection ${formatBytes(estimate.projection)}`);
  if (estimate.csv !== null) parts.push(`CSV ${formatBytes(estimate.csv)}`);
  const open =
    estimate.projection === null
      ? '; plus the projection, 8 × k bytes per image (k is known after the fit)'
      : '';
  const lines = [
    `  measured    ${counted(measured.images, 'image')} with ` +
      `${counted(processes, 'process', 'processes')}: ${rate} images/s${bad > 0 ? `, ${formatCount(bad)} in quarantine` : ''}`,
    `  time        about ${formatDuration(estimate.extractMs)} to extract, plus seconds for PCA and ` +
      'projection',
    `  output      about ${formatBytes(estimate.total)}: ${parts.join(', ')}${open}`,
  ];
  if (freeBytes !== null && freeBytes < estimate.total) {
    lines.push(`  WARNING     only ${formatBytes(freeBytes)} are free there`);
  }
  return lines;
}
