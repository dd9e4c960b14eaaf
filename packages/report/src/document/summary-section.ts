import { counted, formatBytes, formatCount, formatDuration, formatShare, printable } from '@verger/core';
import type { MistakenPair, ReportData, ReportFacts } from '../data/report-data.ts';
import { type Html, type HtmlPart, html } from '../html/html.ts';
import { badgeHtml, noticeHtml } from '../html/parts.ts';
import { NONE, rateWords, timeHtml } from '../html/words.ts';
import { labelAt, type Section, shareWords } from './shown.ts';
import { endedOf, isOnWorkers } from './times.ts';

/** What ran and how it ended, in plain sentences; the figures; what is most worth a look. */
export function summarySection(data: ReportData): Section {
  const { facts } = data;
  return {
    ...{ id: 'summary', title: 'Summary' },
    body: html`${verdictHtml(facts)}
<p class="lead">${ranSentence(facts)} ${reusedSentence(facts)} ${endSentence(facts)}</p>
${warningsHtml(facts)}
${figuresHtml(facts)}
${answersHtml(data)}`,
  };
}

/** Share of the variance that the k components keep; 0 without a PCA. */
export function keptShare({ report: { pca } }: ReportFacts): number {
  return pca === null ? 0 : (pca.cumulative[pca.k - 1] ?? 0);
}

/** Workers that committed a partition. */
export function workerCount({ timeline, report }: ReportFacts): number {
  const told = report.workers?.reduce((sum, { workers }) => sum + workers, 0) ?? 0;
  return timeline === null ? told : new Set(timeline.partitions.worker).size;
}

function ranSentence(facts: ReportFacts): Html {
  const { report, manifest } = facts;
  const { extracted, listed, pca, model, fingerprint } = report;
  const images =
    extracted === listed
      ? counted(listed, 'image')
      : `${formatCount(extracted)} of ${counted(listed, 'image')}`;
  const where = html`<code class="path">${printable(report.images)}</code>`;
  const size = `(${formatBytes(manifest.bytes)})`;
  const weights = { imagenet: '', custom: ' with custom weights', untrained: ' with untrained weights' };
  const precision = fingerprint.precision === undefined ? '' : ` in ${fingerprint.precision}`;
  const how = `MobileNetV2${precision}${weights[fingerprint.weightsKind]}, 1,280 numbers per image`;
  const verb = extracted === 1 && listed === 1 ? 'was' : 'were';
  if (pca === null) {
    return html`Run <strong>${report.runId}</strong> found no image in ${where} that could be read: all ${formatCount(listed)} are in quarantine, so there is no projection.`;
  }
  const fitted =
    model === undefined
      ? 'reduced by a principal component analysis (PCA)'
      : `projected with the PCA model of run ${model.runId}`;
  return html`Run <strong>${report.runId}</strong>: ${images} in ${where} ${size} ${verb} turned into features (${how}) and ${fitted} to ${counted(pca.k, 'component')}, which ${pca.k === 1 ? 'keeps' : 'keep'} ${formatShare(keptShare(facts))} of the variance.`;
}

function endSentence(facts: ReportFacts): Html {
  const { report, endedAt } = facts;
  const workers = workerCount(facts);
  const by = isOnWorkers(facts)
    ? workers > 0 && ` by ${counted(workers, 'worker')}`
    : workers > 1
      ? ` in ${counted(workers, 'process', 'processes')}`
      : ' on one machine';
  const how = report.verdict === 'ok' ? 'well' : 'with too many images in quarantine';
  const ended = endedOf(facts);
  if (ended === null) {
    const last = endedAt !== null && html`; its last partition was committed on ${timeHtml(endedAt)}`;
    return html`It ended ${how}${last}. Extract took ${formatDuration(report.stages.extract.wallMs)}${by}.`;
  }
  const took = formatDuration(ended.tookMs);
  const on = html`It ended ${how} on ${timeHtml(ended.atMs)}`;
  if (ended.submissions === 1) return html`${on}, after ${took}${by}.`;
  return html`${on}, ${took} after the last of ${counted(ended.submissions, 'submission')}${by}.`;
}

/** Where features come from that the run did not extract itself; nothing where there are none. */
function reusedSentence({ report: { reused, extracted } }: ReportFacts): string {
  if (reused === 0) return '';
  if (reused === extracted) return 'All features were taken from an earlier run, so no image was read.';
  return `The features of ${counted(reused, 'image')} were taken from an earlier run.`;
}

/** How it ended, at a glance. */
function verdictHtml({ report: { verdict } }: ReportFacts): Html {
  return html`<p class="verdict">${verdict === 'ok' ? badgeHtml('good', '✓ Ended well') : badgeHtml('warn', '⚠ Too many images in quarantine')}</p>`;
}

/** What makes a reader distrust the numbers, before he reads them. */
function warningsHtml({ report, epochs }: ReportFacts): HtmlPart[] {
  const maxBad = epochs.at(-1)?.finish.maxBad;
  const limit =
    maxBad === undefined ? '' : `, more than the ${formatShare(maxBad)} that were allowed (--max-bad)`;
  return [
    report.verdict === 'too-many-bad' &&
      noticeHtml('warn', [
        html`<strong>Too many images are in quarantine</strong>: ${formatCount(report.quarantined)} of ${formatCount(report.listed)} (${shareWords(report.quarantined, report.listed)})${limit}. The results hold only the images that could be read. <a href="#quarantine">Quarantine</a> has the reasons.`,
      ]),
    report.fingerprint.weightsKind === 'untrained' &&
      noticeHtml('warn', [
        html`<strong>The weights are untrained</strong>: the features are those of a random network, so labels, neighbours and odd images mean little.`,
      ]),
  ];
}

function figuresHtml(facts: ReportFacts): Html {
  const { report, labels } = facts;
  const { extracted, reused, quarantined, listed, pca, stages } = report;
  const ended = endedOf(facts);
  const isLast = (ended?.submissions ?? 1) > 1;
  const rate = reused === extracted ? null : stages.extract.imagesPerSecond;
  const figures: readonly (readonly [string, HtmlPart, HtmlPart])[] = [
    ['Images with features', formatCount(extracted), `of ${formatCount(listed)} listed`],
    ['In quarantine', formatCount(quarantined), shareWords(quarantined, listed)],
    extracted === 0
      ? ['Labels', NONE, 'no image has features']
      : ['Labels', formatCount(labels.length), report.labelsTruncated && 'the first of more'],
    [
      'Components',
      pca === null ? NONE : formatCount(pca.k),
      pca !== null && `${pca.k === 1 ? 'keeps' : 'keep'} ${formatShare(keptShare(facts))}`,
    ],
    [
      ended === null ? 'Extract took' : isLast ? 'Time of the last submission' : 'Time',
      formatDuration(ended?.tookMs ?? stages.extract.wallMs),
      rate !== null && `${rateWords(rate).replace('/s', ' images/s')} in extract`,
    ],
  ];
  return html`<dl class="facts panel">
${figures.map(([name, value, more]) => html`<div><dt>${name}</dt><dd>${value}<small>${more}</small></dd></div>\n`)}</dl>`;
}

/** Short answers to what a reader asks first, each with the way to more. */
function answersHtml({ facts }: ReportData): Html | false {
  const answers = [pairAnswer(facts), oddAnswer(facts), duplicateAnswer(facts), retryAnswer(facts)];
  const told = answers.filter((one) => one !== false);
  return told.length > 0 && html`<ul class="answers">${told.map((one) => html`<li>${one}</li>\n`)}</ul>`;
}

function pairAnswer(facts: ReportFacts): Html | false {
  const { pairs, confusion, labels } = facts;
  const [pair] = pairs;
  if (labels.length < 2 || confusion.compared === 0) return false;
  const right = labels.reduce((sum, one) => sum + one.right, 0);
  const compared = labels.reduce((sum, one) => sum + one.compared, 0);
  const share = html`${shareWords(right, compared)} of the images are nearest to the centroid (mean) of their own label`;
  if (pair === undefined) return html`${share}; <a href="#confusion">no label is mistaken for another</a>.`;
  const most = pairs.slice(0, 3).map((one, at) => {
    const count = one.aAsB + one.bAsA;
    const images = at === 0 ? counted(count, 'image') : formatCount(count);
    return html`${at > 0 && '; '}${mistakenWords(facts, one)} (${images})`;
  });
  return html`${share}. Most often mistaken: ${most}. <a href="#confusion">More</a>`;
}

/** Which of two labels is mistaken for the other, or that both are. */
function mistakenWords(facts: ReportFacts, { a, b, aAsB, bAsA }: MistakenPair): Html {
  const [own, other] = aAsB === 0 ? [b, a] : [a, b];
  const names = [own, other].map((place) => html`<strong>${labelAt(facts, place)}</strong>`);
  if (aAsB > 0 && bAsA > 0) return html`${names[0]} and ${names[1]} for each other`;
  return html`${names[0]} for ${names[1]}`;
}

function oddAnswer(facts: ReportFacts): Html | false {
  const [odd] = facts.odd;
  if (odd === undefined) return false;
  return html`Oddest image: <code class="path">${printable(odd.path)}</code>, ${numberOf(odd.ratio)} times as far from the centroid of ${labelAt(facts, odd.label)} as its images are on average. <a href="#odd">More</a>`;
}

const numberOf = (value: number) => value.toFixed(1);

function duplicateAnswer({ duplicates: { pairs } }: ReportFacts): Html | false {
  if (pairs.length === 0) return false;
  return html`${counted(pairs.length, 'pair')} of images under different labels look almost the same. <a href="#duplicates">More</a>`;
}

function retryAnswer({ retries }: ReportFacts): Html | false {
  if (retries.attempts === 0) return false;
  return html`${counted(retries.attempts, 'attempt')} failed, which cost ${formatDuration(retries.lostMs)}. <a href="#time">More</a>`;
}
