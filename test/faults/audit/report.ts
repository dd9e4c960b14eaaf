import type { ImageCode } from './codes.ts';
import { type Audit, canonical } from './context.ts';
import { quarantineByCode, type Totals } from './endings.ts';
import type { Plan } from './listing.ts';
import { REPORT } from './names.ts';
import type { Partition } from './partition.ts';
import { reportShape } from './record-shapes.ts';
import { type Commit, type Epoch, type LabelCentroids, type PcaModel, readRecord } from './records.ts';

const MOST_COMPARED = 1024;

/** Checks `report.json`: all of it but the time that reduce and project took follows from other files. */
export async function checkReport(
  audit: Audit,
  plan: Plan,
  found: {
    readonly totals: Totals;
    readonly epochs: readonly Epoch[];
    readonly partitions: readonly Partition[];
    readonly model: PcaModel | undefined;
    readonly labels: LabelCentroids | undefined;
    readonly codes: ReadonlyMap<string, ImageCode>;
  },
): Promise<void> {
  await audit.require(REPORT);
  const report = await readRecord<Record<string, unknown>>(audit, REPORT, reportShape);
  if (report === undefined) return;
  const { manifest } = plan;
  const { totals, partitions, model, labels } = found;
  const commits = partitions.flatMap(({ commit }) => (commit === undefined ? [] : [commit]));
  if (commits.length < partitions.length) return;
  const stages = report['stages'] as Record<string, unknown>;
  const told = found.epochs.slice(0, report['epochs'] as number);
  // What a repair put in the place of a lost epoch does not say what that one had listed.
  const leftOut = told.some(({ cause }) => cause === 'repair')
    ? report['leftOut']
    : told.findLast((epoch) => epoch.leftOut !== undefined)?.leftOut;
  const wanted: Record<string, unknown> = {
    leftOut,
    runId: manifest.runId,
    images: manifest.images,
    ...totals,
    partitions: partitions.length,
    reused: commits.reduce((sum, { reused = 0 }) => sum + reused, 0),
    model: manifest.model,
    fingerprint: manifest.fingerprint,
    numericClasses: byCount(commits.map(({ numericClass }) => numericClass)),
    pca: model === undefined ? null : { k: model.k, options: model.options, cumulative: cumulative(model) },
    labels: labels?.labels.map(({ label, count }) => ({ label, count })) ?? [],
    labelsTruncated: labels?.truncated ?? false,
    quarantine: quarantineByCode(partitions, found.codes),
    // Releases before 0.3 did not count it.
    workers: report['workers'] === undefined ? undefined : workersByType(commits),
    stages: { ...stages, extract: extractStage(commits) },
  };
  for (const [field, value] of Object.entries(wanted)) {
    if (canonical(report[field]) !== canonical(value))
      audit.fault(REPORT, `${field} is not what the other files give`);
  }
  if ((report['epochs'] as number) > found.epochs.length)
    audit.fault(REPORT, 'it counts more epochs than there are');
  checkNearest(audit, report['nearest'] as Nearest[], labels);
}

function cumulative({ explainedVarianceRatio }: PcaModel): number[] {
  let share = 0;
  return explainedVarianceRatio.map((ratio) => {
    share += ratio;
    return share;
  });
}

function byCount(classes: readonly string[]): { numericClass: string; partitions: number }[] {
  const counts = new Map<string, number>();
  for (const name of classes) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([numericClass, partitions]) => ({ numericClass, partitions }));
}

function extractStage(commits: readonly Commit[]) {
  const sum = (pick: (commit: Commit) => number) =>
    commits.reduce((total, commit) => total + pick(commit), 0);
  const epochs = new Map<number, { from: number; to: number }>();
  for (const { epoch, at, timings } of commits) {
    const to = Date.parse(at);
    const span = epochs.get(epoch) ?? { from: to, to };
    epochs.set(epoch, { from: Math.min(span.from, to - timings.wallMs), to: Math.max(span.to, to) });
  }
  const wallMs = [...epochs.values()].reduce((total, { from, to }) => total + to - from, 0);
  return {
    wallMs: Math.round(wallMs),
    imagesPerSecond:
      wallMs === 0
        ? 0
        : Math.round((sum(({ extracted, reused = 0 }) => extracted - reused) / wallMs) * 1e4) / 10,
    readMs: Math.round(sum(({ timings }) => timings.readMs)),
    decodeMs: Math.round(sum(({ timings }) => timings.decodeMs)),
    inferenceMs: Math.round(sum(({ timings }) => timings.inferenceMs)),
    encodeMs: Math.round(sum(({ timings }) => timings.encodeMs)),
  };
}

const MOST_TYPES = 20;

/** By type of machine: in how many seconds each of its workers had at least one partition under way. */
function workersByType(commits: readonly Commit[]) {
  const byType = new Map<string, { workers: number; images: number; ms: number }>();
  const idOf = ({ worker: { host, pid, name } }: Commit) => JSON.stringify({ host, pid, name });
  for (const id of new Set(commits.map(idOf))) {
    const own = commits.filter((commit) => idOf(commit) === id);
    const { instanceType, cpu } = own[0]!.worker;
    const type = instanceType ?? cpu ?? 'this machine';
    const before = byType.get(type) ?? { workers: 0, images: 0, ms: 0 };
    const images = own.reduce((sum, { extracted }) => sum + extracted, before.images);
    byType.set(type, { workers: before.workers + 1, images, ms: before.ms + busyMs(own) });
  }
  const sorted = [...byType].sort(([a, one], [b, other]) => other.ms - one.ms || (a < b ? -1 : 1));
  const lines = sorted.slice(0, MOST_TYPES);
  const rest = sorted.slice(MOST_TYPES).map(([, one]) => one);
  const total = (pick: 'workers' | 'images' | 'ms') => rest.reduce((sum, one) => sum + one[pick], 0);
  if (rest.length > 0)
    lines.push(['other', { workers: total('workers'), images: total('images'), ms: total('ms') }]);
  return lines.map(([type, { workers, images, ms }]) => {
    return { type, workers, images, seconds: Math.round(ms) / 1000 };
  });
}

/** Milliseconds in which partitions were under way: by the number of them at each start and end, in order. */
function busyMs(commits: readonly Commit[]): number {
  const changes = commits.flatMap(({ at, timings }) => {
    const end = Date.parse(at);
    return [
      { ms: end - timings.wallMs, by: 1 },
      { ms: end, by: -1 },
    ];
  });
  changes.sort((a, b) => a.ms - b.ms || b.by - a.by);
  let [underWay, busy, since] = [0, 0, 0];
  for (const { ms, by } of changes) {
    if (underWay > 0) busy += ms - since;
    underWay += by;
    since = ms;
  }
  return busy;
}

interface Nearest {
  readonly label: string;
  readonly nearest: string;
  readonly distance: number;
}

/** Each label with the label nearest to it, nearest pairs first. */
function checkNearest(audit: Audit, nearest: readonly Nearest[], labels: LabelCentroids | undefined): void {
  const all = labels?.labels ?? [];
  const wanted = all.length > MOST_COMPARED || all.length < 2 ? 0 : all.length;
  const centroids = new Map(all.map(({ label, centroid }) => [label, centroid]));
  const isSorted = nearest.every(
    ({ distance }, index) => index === 0 || nearest[index - 1]!.distance <= distance,
  );
  const distance = (a: readonly number[], b: readonly number[]) =>
    Math.hypot(...a.map((value, at) => value - b[at]!));
  const isRight = nearest.every((pair) => {
    const own = centroids.get(pair.label);
    const other = centroids.get(pair.nearest);
    if (own === undefined || other === undefined || pair.label === pair.nearest) return false;
    const others = all
      .filter(({ label }) => label !== pair.label)
      .map(({ centroid }) => distance(own, centroid));
    const least = Math.min(...others);
    const isNear = (value: number) => Math.abs(value - least) <= 1e-12 * Math.max(1, least);
    return isNear(pair.distance) && isNear(distance(own, other));
  });
  const isWhole = nearest.length === wanted && new Set(nearest.map(({ label }) => label)).size === wanted;
  if (!isSorted || !isRight || !isWhole) audit.fault(REPORT, 'nearest is not that of the centroids');
}
