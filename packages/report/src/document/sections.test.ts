import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { leftOutSchema } from '@verger/core';
import type { ReportData, ReportFacts } from '../data/report-data.ts';
import { html } from '../html/html.ts';
import { madeUpReport } from '../testing/made-up.ts';
import { commandsOf } from './commands-section.ts';
import { confusionSection, mistakenCells } from './confusion-section.ts';
import { countsSection, leftOutRows } from './counts-section.ts';
import { detailsSection } from './details-section.ts';
import { duplicatesSection, oddSection } from './odd-section.ts';
import { precisionSection } from './precision-section.ts';
import { numberWords, pathHtml, type Section, shareWords } from './shown.ts';
import { summarySection } from './summary-section.ts';
import { timeSection, workerRows } from './time-section.ts';
import { chosenSentence, shareBelow, varianceSection } from './variance-section.ts';

let data: ReportData;
before(async () => {
  data = await madeUpReport({ points: 300, labels: 3, withoutPictures: true });
});
const textOf = ({ body }: Section) =>
  html`${body}`.text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ ([,.:;)])/g, '$1');
const withFacts = (facts: Partial<ReportFacts>): ReportData => ({
  ...data,
  facts: { ...data.facts, ...facts },
});
const withReport = (report: Partial<ReportFacts['report']>) =>
  withFacts({ report: { ...data.facts.report, ...report } });

test('the summary says what ran, where, how it ended, when, and how long it took', () => {
  const text = textOf(summarySection(data));
  assert.match(
    text,
    /Run 3f2a9c51b7de: 300 of 303 images in \/data\/photos \(6\.9 MiB\) were turned into features/,
  );
  assert.match(text, /to 25 components, which keep 98\.7 % of the variance/);
  // Submitted at 09:58:00, all was made at 09:59:54.
  assert.match(text, /It ended well on 2026-11-30 09:59 UTC, after 1 min 54 s in 3 processes\./);
  assert.match(
    text,
    /Most often mistaken: label 000 and label 001 for each other \(60 images\); label 001 and label 002 for each other \(58\)\./,
  );
});

test('too many bad images, untrained weights, a transform and several submissions are said', () => {
  const bad = textOf(summarySection(withReport({ verdict: 'too-many-bad', quarantined: 60, listed: 360 })));
  assert.match(
    bad,
    /Too many images are in quarantine: 60 of 360 \(16\.7 %\), more than the 5\.0 % that were allowed/,
  );
  const { fingerprint } = data.facts.report;
  const untrained = withReport({ fingerprint: { ...fingerprint, weightsKind: 'untrained' } });
  assert.match(textOf(summarySection(untrained)), /The weights are untrained/);
  const transform = withReport({ model: { sha256: 'a'.repeat(64), runId: 'fruits' } });
  assert.match(
    textOf(summarySection(transform)),
    /projected with the PCA model of run fruits to 25 components/,
  );
  assert.match(textOf(varianceSection(transform)), /k = 25 comes with the PCA model of run fruits/);
  const [first] = data.facts.epochs;
  assert.ok(first !== undefined);
  const resumed = withFacts({
    epochs: [
      first,
      {
        ...{ ...first, epoch: 2, cause: 'resume', queue: 'redis://queue:6379 verger' },
        at: '2026-11-30T09:59:44.000Z',
      },
      // It found the run complete.
      { ...first, epoch: 3, cause: 'resume', at: '2026-12-01T08:00:00.000Z' },
    ],
  });
  assert.match(
    textOf(summarySection(resumed)),
    /It ended well on 2026-11-30 09:59 UTC, 10\.0 s after the last of 2 submissions by 3 workers\./,
  );
  assert.match(textOf(timeSection(resumed)), /Last submission 10\.0 s from the last of 2 submissions/);
  assert.match(textOf(detailsSection(resumed)), /to resume it/);
});

test('a run whose images are all in quarantine says so', () => {
  const nothing = withReport({ pca: null, extracted: 0, quarantined: 303, verdict: 'too-many-bad' });
  assert.match(
    textOf(summarySection(nothing)),
    /found no image in \/data\/photos that could be read: all 303/,
  );
  assert.match(
    textOf(summarySection(nothing)),
    /⚠ Too many images in quarantine .*Labels – no image has features/,
  );
  const none = withFacts({ report: nothing.facts.report, labels: [] });
  const time = textOf(timeSection(none));
  assert.match(time, /no image gave features/);
  assert.doesNotMatch(time, /another run|earlier/);
});

test('a run that did not record its end names the time that is known', () => {
  const { finishedMs: _, ...timeline } = data.facts.timeline ?? assert.fail('no timeline');
  const old = withFacts({ timeline });
  assert.match(
    textOf(summarySection(old)),
    /ended well; its last partition was committed on 2026-11-30 09:59 UTC\. Extract took 1\.5 s in 3 processes\./,
  );
  assert.doesNotMatch(textOf(timeSection(old)), /In all/);
});

test('a dash in the stages says why: nothing to do, workers, an earlier submission', () => {
  const { stages } = data.facts.report;
  const [first] = data.facts.epochs;
  assert.ok(first !== undefined);
  const dashes = { stages: { ...stages, reduceMs: null, projectMs: null } };
  const report = { ...data.facts.report, ...dashes };
  const timed = (facts: Partial<ReportFacts>) => textOf(timeSection(withFacts({ report, ...facts })));
  assert.match(timed({ epochs: [{ ...first, queue: 'q' }] }), /A dash: not recorded for runs on workers\./);
  assert.match(timed({ epochs: [first, { ...first, epoch: 2 }] }), /A dash: an earlier submission did it/);
  assert.match(timed({ report: { ...report, extracted: 0 } }), /A dash: no image has features/);
  assert.doesNotMatch(textOf(timeSection(data)), /A dash/);
});

test('labels that are mistaken one way only are said that way', () => {
  const [pair] = data.facts.pairs;
  assert.ok(pair !== undefined);
  const answer = (own: Partial<typeof pair>) =>
    textOf(summarySection(withFacts({ pairs: [{ ...pair, ...own }] })));
  assert.match(answer({ aAsB: 0, bAsA: 24 }), /Most often mistaken: label 001 for label 000 \(24 images\)\./);
  assert.match(answer({ aAsB: 24, bAsA: 0 }), /Most often mistaken: label 000 for label 001 \(24 images\)\./);
});

test('counts add up, reuse and everything that was left out are counted', () => {
  const kinds = Object.entries(leftOutSchema.shape).filter(([name]) => name !== 'partial');
  const leftOut = leftOutSchema.parse(
    Object.fromEntries(
      kinds.map(([name], at) => [name, name === 'endings' ? { '.bmp': 40, '.txt': 41 } : at + 1]),
    ),
  );
  const text = textOf(countsSection(withReport({ leftOut, reused: 30 })));
  assert.match(text, /303 listed = 300 with features \+ 3 in quarantine/);
  assert.match(text, /Reused, of those with features 30 10\.0 %/);
  const counted = new Set(leftOutRows(leftOut).map(([, count]) => count));
  // Links out of the folder are listed, and so in quarantine.
  const expected = kinds
    .map((_, at) => at + 1)
    .filter((_, at) => !['endings', 'linksOut'].includes(kinds[at]?.[0] ?? ''));
  assert.deepEqual(
    [...counted].sort((a, b) => a - b),
    [...expected, 40, 41],
  );
});

test('how k was chosen is one sentence of each kind', () => {
  const { facts } = data;
  assert.match(
    chosenSentence(facts),
    /^k = 25 is the smallest number .* keeps the 75\.0 % asked for .*; 24 would keep/,
  );
  const { pca } = facts.report;
  assert.ok(pca !== null);
  const options = { variance: null, components: 25, standardise: true, sparkCompatible: true };
  const asked = chosenSentence({ ...facts, report: { ...facts.report, pca: { ...pca, options } } });
  assert.match(
    asked,
    /^k = 25 was asked for \(--components\): 25 components keep .*standard deviation.*as in Spark\)\.$/,
  );
  const one = { ...pca, k: 1 };
  assert.match(
    chosenSentence({ ...facts, report: { ...facts.report, pca: one } }),
    /: 1 component keeps 16\.0 % of the variance\.$/,
  );
});

test('int8 is compared on enough held-out images; else only the lowest cosine, or why there is none', () => {
  assert.equal(precisionSection(data), undefined, 'float32');
  const int8 = { precision: 'int8', calibrationSha256: 'c'.repeat(64) } as const;
  const fingerprint = { ...data.facts.report.fingerprint, ...int8 };
  const figures = { k: 2, cumulative: [0.6, 0.76, 1], accuracy: 0.975 };
  const precision = {
    ...{ images: 128, cosine: { median: 0.9971, percentile1: 0.9921, least: 0.9906 } },
    ...{ float32: figures, int8: { ...figures, k: 3, accuracy: null } },
  };
  const textWith = (report: Partial<ReportFacts['report']>) => {
    const section = precisionSection(withReport({ fingerprint, ...report }));
    return textOf(section ?? assert.fail('no section')).trim();
  };
  const text = textWith({ precisionComparison: precision });
  assert.match(text, /Both were computed for 128 held-out images, which int8 was not calibrated on\./);
  assert.match(
    text,
    /similarity of the two: median 0\.997, 1st percentile 0\.992, lowest 0\.991\. PCA of these 128 images alone: .* with the run\./,
  );
  assert.match(
    text,
    /float32 2 76\.0 % 97\.5 % int8 3 100\.0 % – The two curves .* at most 0\.00 percentage/,
  );
  const few = textWith({ precisionComparison: { ...precision, images: 1 } });
  assert.match(few, /for 1 held-out image, .*the two: lowest 0\.991; too few images to compare\.$/);
  assert.match(textWith({}), /^int8 with a calibration of an earlier run or of one image/);
  assert.match(
    textWith({ model: { sha256: '', runId: 'x' } }),
    /^int8 with the calibration of an earlier run/,
  );
});

test('what k − 1 components keep is seen to be less than what was asked for', () => {
  assert.equal(shareBelow(0.742, 0.75), '74.2 %');
  assert.equal(shareBelow(0.89984, 0.9), '89.98 %');
  assert.equal(shareBelow(0.8999999, 0.9), '89.99999 %');
});

test('mistakes are those beside the diagonal, the largest first', () => {
  const cells: ReportFacts['confusion']['cells'] = [
    [0, 0, 90],
    [0, 1, 4],
    [2, 1, 9],
    [1, 0, 0],
  ];
  assert.deepEqual(mistakenCells({ confusion: { cells, compared: 103 } }), [
    [2, 1, 9],
    [0, 1, 4],
  ]);
});

test('one label, nothing odd, no duplicates, no retries, no stragglers: a sentence each', () => {
  const [label] = data.facts.labels;
  assert.ok(label !== undefined);
  const one = withFacts({
    ...{ labels: [label], odd: [], duplicates: { compared: 300, pairs: [] }, stragglers: [], timeline: null },
    retries: { attempts: 0, lostMs: 0, codes: [] },
  });
  assert.match(textOf(confusionSection(one)), /only one label/);
  assert.match(textOf(oddSection(one)), /No image lies unusually far/);
  assert.match(textOf(duplicatesSection(one)), /fewer than two labels/);
  assert.match(
    textOf(timeSection(one)),
    /no attempt failed\. .*has no timeline\. .*None: no partition took much longer/,
  );
  const none = withFacts({ duplicates: { compared: 250, pairs: [] } });
  assert.match(textOf(duplicatesSection(none)), /None was found\. 250 rows of 300 were compared/);
});

test('a run whose features are all reused has no time per image', () => {
  const text = textOf(timeSection(withReport({ reused: 300 })));
  assert.match(text, /take all features from another run/);
  const summary = textOf(summarySection(withReport({ reused: 300 })));
  assert.match(summary, /All features were taken from an earlier run, so no image was read\./);
  assert.match(text, /No image was read/);
});

test('more than one numeric class is said in a sentence, and cost where it is known', () => {
  const numericClasses = [
    { numericClass: 'a', partitions: 3 },
    { numericClass: 'b', partitions: 21 },
  ];
  assert.match(
    textOf(detailsSection(withReport({ numericClasses }))),
    /come from 2 numeric classes .*not bit for bit/,
  );
  const cost = withFacts({ cost: { usd: 1.234, pricesOf: 'eu-west-1' } });
  assert.match(
    textOf(detailsSection(cost)),
    /About \$1\.23 for the workers' time, at the prices of eu-west-1/,
  );
});

test('work of each worker adds up to the run', () => {
  const { timeline } = data.facts;
  assert.ok(timeline !== null);
  const rows = workerRows(timeline);
  const images = timeline.partitions.extracted.reduce((sum, count) => sum + count, 0);
  assert.equal(
    rows.reduce((sum, row) => sum + row.images, 0),
    images,
  );
  assert.equal(
    rows.reduce((sum, row) => sum + row.partitions, 0),
    24,
  );
  assert.deepEqual(
    rows.map(({ failures }) => failures),
    [1, 0, 0],
  );
});

test('commands are quoted for a shell', () => {
  const commands = commandsOf({ ...data.facts, location: "/data/it's here" });
  assert.deepEqual(
    commands.map(({ command }) => command.split(' ').slice(0, 2).join(' ')),
    ['verger verify', 'verger resume', 'verger refit', 'verger export', 'verger report'],
  );
  for (const { command } of commands) assert.ok(command.includes(`'/data/it'\\''s here'`), command);
});

test('numbers, shares and paths are short and printable', () => {
  assert.deepEqual([-5.861, 12.34, 0, 123.4, -4_321.9].map(numberWords), [
    '−5.86',
    '12.3',
    '0.00',
    '123',
    '−4,322',
  ]);
  assert.deepEqual(
    [shareWords(1, 9_999), shareWords(9_998, 9_999), shareWords(0, 0)],
    ['< 0.1 %', '> 99.9 %', '–'],
  );
  assert.equal(
    pathHtml('a/<b>\u202e/c.jpg').text,
    '<code class="path">a/<wbr>&lt;b&gt;\\u202e/<wbr>c.jpg</code>',
  );
});
