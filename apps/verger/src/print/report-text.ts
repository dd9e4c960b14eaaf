import {
  clip,
  comparedWords,
  cosineWords,
  counted,
  formatCount,
  formatShare,
  isComparable,
  notComparedWords,
  printable,
  type Report,
} from '@verger/core';
import type { PriceTable } from '@verger/cost';
import { pcaWords } from '@verger/driver/runs';
import { type KnownNames, withNames } from './next-text.ts';
import { summaryLines } from './outcome-text.ts';
import { asCalled } from './program-name.ts';
import { formatTable, indent } from './text.ts';
import { workersText } from './worker-text.ts';

/** The report of a run as text: counts, variance, time per image, labels, nearest labels, quarantine. */
export function reportText(
  report: Report,
  options: { columns: number; labels: number; names?: KnownNames; prices?: PriceTable | undefined },
): string {
  const blocks = [
    `run ${report.runId} of ${printable(report.images)}\n${indent(summaryLines(report).join('\n'))}`,
    varianceText(report, options),
    precisionText(report),
    throughputText(report),
    workersText(report, options.prices),
    labelsText(report, options),
    nearestText(report, options),
    quarantineText(report, options),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** Some rows of the cumulative variance: the first components, some in between, and k. */
function varianceText({ pca }: Report, { columns }: { columns: number }): string {
  if (pca === null) return '';
  const marks = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000].filter((mark) => mark < pca.k);
  // The bar shares its line with the indent, two columns, the gaps and the mark of k.
  const longest = Math.max(4, Math.min(30, columns - 28));
  const rows = [...marks, pca.k].map((count) => {
    const share = pca.cumulative[count - 1] ?? 0;
    const bar = '█'.repeat(Math.round(share * longest));
    return [String(count), formatShare(share), `${bar}${count === pca.k ? ' ← k' : ''}`];
  });
  const table = formatTable([['components', 'kept', ''], ...rows], [0, 1]);
  return `Variance (${pcaWords(pca.options).join('; ')})\n${indent(table)}`;
}

/** What int8 changed, on the held-out images. */
function precisionText(report: Report): string {
  const { precisionComparison: precision, fingerprint } = report;
  if (fingerprint.precision === undefined) return '';
  const head = 'Precision: int8 against float32';
  if (precision === undefined) return `${head}\n  ${notComparedWords(report)}`;
  const { images, float32, int8 } = precision;
  const on = `${head} on ${counted(images, 'held-out image')}`;
  const cosine = indent(`cosine similarity of the two: ${cosineWords(precision)}`);
  if (!isComparable(precision)) return `${on}\n${cosine}`;
  const row = (name: string, { k, cumulative, accuracy }: typeof int8) => [
    name,
    String(k),
    formatShare(cumulative[k - 1] ?? 0),
    accuracy === null ? '–' : formatShare(accuracy),
  ];
  const heads = ['features', 'k', 'kept', 'nearest centroid is that of the own label'];
  const table = formatTable([heads, row('float32', float32), row('int8', int8)], [1, 2, 3]);
  return [on, cosine, indent(comparedWords(precision)), indent(table)].join('\n');
}

function throughputText({ stages, extracted }: Report): string {
  const { extract } = stages;
  const perImage = (ms: number) => (extracted === 0 ? '–' : `${(ms / extracted).toFixed(2)} ms`);
  const rows = [
    ['step', 'per image'],
    ['read', perImage(extract.readMs)],
    ['decode + resize', perImage(extract.decodeMs)],
    ['inference', perImage(extract.inferenceMs)],
    ['Parquet + sums', perImage(extract.encodeMs)],
  ];
  return `Time per image in one child process\n${indent(formatTable(rows, [1]))}`;
}

function labelsText(report: Report, { columns, labels }: { columns: number; labels: number }): string {
  if (report.labels.length === 0) return '';
  const most = [...report.labels].sort((a, b) => b.count - a.count).slice(0, labels);
  const left = report.labels.length - most.length;
  const rows = most.map(({ label, count }) => [labelName(label, columns), formatCount(count)]);
  const more =
    left > 0 ? `\n  … and ${formatCount(left)} more (--labels ${report.labels.length} shows all)` : '';
  const table = indent(formatTable([['label', 'images'], ...rows], [1]));
  return `Labels (${formatCount(report.labels.length)})\n${table}${more}`;
}

/** Pairs of labels whose mean projections are closest. */
function nearestText(report: Report, { columns, labels }: { columns: number; labels: number }): string {
  const seen = new Set<string>();
  const pairs = report.nearest.filter(({ label, nearest }) => {
    const pair = JSON.stringify([label, nearest].sort());
    return seen.has(pair) ? false : seen.add(pair);
  });
  if (pairs.length === 0) return '';
  const rows = pairs
    .slice(0, Math.min(labels, 10))
    .map(({ label, nearest, distance }) => [
      labelName(label, columns),
      labelName(nearest, columns),
      distance.toFixed(2),
    ]);
  const table = formatTable([['label', 'nearest', 'distance'], ...rows], [2]);
  return `Closest labels (distance between mean projections)\n${indent(table)}`;
}

/** The quarantine by code, with examples and what to do. */
function quarantineText(
  report: Report,
  { columns, names = {} }: { columns: number; names?: KnownNames },
): string {
  if (report.quarantine.length === 0) return 'Quarantine: empty; every listed image has features.';
  const blocks = report.quarantine.map(({ code, reason, next, count, examples, storeCodes }) => {
    const paths = examples.map((path) => clip(printable(path), columns - 8)).join('\n    ');
    const words = Object.entries(storeCodes ?? {}).map(([word, times]) => `${word} × ${formatCount(times)}`);
    const said = words.length === 0 ? '' : ` (error codes of the store: ${words.join(', ')})`;
    const step = asCalled(withNames(next, names));
    return `  ${code} × ${formatCount(count)}: ${reason}${said}\n    ${paths}\n    → ${step}`;
  });
  const head = `Quarantine (${formatCount(report.quarantined)}; all of them are in quarantine.jsonl)`;
  return [head, ...blocks].join('\n');
}

function labelName(label: string, columns: number): string {
  return label === '' ? '(none)' : clip(printable(label), Math.max(12, Math.floor(columns / 3)));
}
