import {
  type Commit,
  ERRORS,
  IMAGE_ERROR_CODES,
  type LabelCentroids,
  type LeftOut,
  type Manifest,
  type PcaModel,
  type PrecisionComparison,
  type Quarantined,
  type Report,
} from '@verger/core';
import { nearestLabels } from '@verger/pca';
import { workerTimes } from './worker-time.ts';

/**
 * Every label is compared with every other: of more labels than this none is, or finishing would take
 * minutes.
 */
const MOST_COMPARED = 1024;
/** How many paths a code of the quarantine names in the report; all are in quarantine.jsonl. */
const EXAMPLES = 3;

/** What a report is made from. */
export interface ReportInput {
  readonly manifest: Manifest;
  readonly verdict: Report['verdict'];
  readonly epochs: number;
  readonly commits: readonly Commit[];
  readonly quarantined: readonly Quarantined[];
  /** Null when no image gave features. */
  readonly model: PcaModel | null;
  readonly labels: LabelCentroids | null;
  /** Of the newest submission that listed. */
  readonly leftOut?: LeftOut | undefined;
  /** Of a run with int8 that held images back. */
  readonly precisionComparison?: PrecisionComparison | undefined;
  readonly stageMs: { readonly reduce: number | null; readonly project: number | null };
}

/** The report of a run from its records. Pure. */
export function buildReport(input: ReportInput): Report {
  const { manifest, commits, model, labels } = input;
  const sum = (pick: (commit: Commit) => number) =>
    commits.reduce((total, commit) => total + pick(commit), 0);
  const extracted = sum((commit) => commit.extracted);
  const reused = sum((commit) => commit.reused ?? 0);
  const wallMs = extractWallMs(commits);
  return {
    format: 'verger-report-1',
    runId: manifest.runId,
    images: manifest.images,
    verdict: input.verdict,
    listed: manifest.listing.images,
    extracted,
    quarantined: input.quarantined.length,
    reused,
    ...(input.leftOut === undefined ? {} : { leftOut: input.leftOut }),
    partitions: manifest.partitions.length,
    epochs: input.epochs,
    fingerprint: manifest.fingerprint,
    ...(manifest.model === undefined ? {} : { model: manifest.model }),
    ...(input.precisionComparison === undefined ? {} : { precisionComparison: input.precisionComparison }),
    numericClasses: countBy(commits.map((commit) => commit.numericClass)).map(
      ([numericClass, partitions]) => ({ numericClass, partitions }),
    ),
    pca:
      model === null
        ? null
        : { k: model.k, options: model.options, cumulative: cumulative(model.explainedVarianceRatio) },
    labels: labels?.labels.map(({ label, count }) => ({ label, count })) ?? [],
    labelsTruncated: labels?.truncated ?? false,
    nearest:
      labels === null || labels.labels.length > MOST_COMPARED
        ? []
        : nearestLabels(labels, labels.labels.length),
    quarantine: quarantineByCode(input.quarantined),
    workers: workerTimes(commits),
    stages: {
      extract: {
        wallMs: Math.round(wallMs),
        imagesPerSecond: wallMs === 0 ? 0 : Math.round(((extracted - reused) / wallMs) * 1e4) / 10,
        readMs: Math.round(sum((commit) => commit.timings.readMs)),
        decodeMs: Math.round(sum((commit) => commit.timings.decodeMs)),
        inferenceMs: Math.round(sum((commit) => commit.timings.inferenceMs)),
        encodeMs: Math.round(sum((commit) => commit.timings.encodeMs)),
      },
      reduceMs: input.stageMs.reduce,
      projectMs: input.stageMs.project,
    },
  };
}

/**
 * From the first start to the last commit of each epoch, added up: time in which nothing ran is not counted.
 */
function extractWallMs(commits: readonly Commit[]): number {
  const spans = new Map<number, { from: number; to: number }>();
  for (const { epoch, at, timings } of commits) {
    const to = Date.parse(at);
    const from = to - timings.wallMs;
    const span = spans.get(epoch);
    spans.set(epoch, { from: Math.min(from, span?.from ?? from), to: Math.max(to, span?.to ?? to) });
  }
  return [...spans.values()].reduce((total, { from, to }) => total + to - from, 0);
}

function cumulative(ratios: readonly number[]): number[] {
  let total = 0;
  return ratios.map((ratio) => {
    total += ratio;
    return total;
  });
}

function quarantineByCode(quarantined: readonly Quarantined[]): Report['quarantine'] {
  return IMAGE_ERROR_CODES.flatMap((code) => {
    const those = quarantined.filter((record) => record.code === code);
    if (those.length === 0) return [];
    const examples = those.slice(0, EXAMPLES).map(({ path }) => path);
    const { what: reason, next } = ERRORS[code];
    return [{ code, reason, next, count: those.length, examples, ...storeCodesOf(those) }];
  });
}

/** How often each store code is given, by its name. */
function storeCodesOf(those: readonly Quarantined[]): Pick<Report['quarantine'][number], 'storeCodes'> {
  const given = those.flatMap(({ storeCode }) => storeCode ?? []).sort();
  return given.length === 0 ? {} : { storeCodes: Object.fromEntries(countBy(given)) };
}

function countBy(values: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}
