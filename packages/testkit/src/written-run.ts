/** Runs whose records are written without any work being done: to look at, of any size and state. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Commit,
  cancelFile,
  type Epoch,
  ERRORS,
  type ErrorCode,
  epochFile,
  type Failure,
  failureFile,
  type Manifest,
  type Quarantined,
  type Report,
  RUN_FILES,
  runLayout,
  type Success,
  sha256,
  type Timeline,
  withSelfHash,
} from '@verger/core';
import { recordBytes } from '@verger/run';
import { FINGERPRINT } from './rows.ts';
import { EXTRACTION, FINISH, PCA } from './run-harness.ts';

/** What a written run looks like. Times are milliseconds since 1970. */
export interface WrittenRun {
  readonly id: string;
  readonly images?: string;
  /** Images of each partition. */
  readonly partitions: readonly number[];
  /** Partitions that have a commit. Default: all. */
  readonly committed?: readonly number[];
  readonly submittedMs: number;
  /** Between two commits. Default: 10 s. */
  readonly commitEveryMs?: number;
  readonly queue?: string;
  /** When it should be done. */
  readonly deadlineMs?: number;
  readonly by?: Epoch['by'];
  readonly workers?: readonly string[];
  /** Images of each partition that are in quarantine, each as a path. Default: none. */
  readonly quarantined?: Readonly<Record<number, readonly string[]>>;
  readonly failures?: readonly {
    partition: number;
    code: ErrorCode;
    reason: string;
    permanent?: boolean;
    path?: string;
  }[];
  readonly isCancelled?: boolean;
  readonly isDone?: boolean;
  /** Of a run that is done: with its `timeline.json`. Default: without. */
  readonly withTimeline?: boolean;
  readonly label?: string;
}

const BAD_CODE = 'E_IMG_TRUNCATED';
const hashOf = (words: string) => sha256(words);
const iso = (ms: number) => new Date(ms).toISOString();

/** Writes a run's records into `<output>/<id>`; gives its folder and manifest. */
export async function writeRun(
  output: string,
  run: WrittenRun,
): Promise<{ folder: string; manifest: Manifest }> {
  const folder = join(output, run.id);
  const manifest = manifestOf(run);
  const layout = runLayout(manifest.partDigits);
  const put = async (file: string, record: object) => await write(join(folder, file), recordBytes(record));
  await put(RUN_FILES.manifest, manifest);
  await put(epochFile(1), epochOf(run));
  const committed = run.committed ?? [...run.partitions.keys()];
  for (let from = 0; from < committed.length; from += 64) {
    const some = committed
      .slice(from, from + 64)
      .map((partition, index) => ({ partition, order: from + index }));
    await Promise.all(
      some.map(async ({ partition, order }) =>
        put(layout.commit(partition), commitOf(run, manifest, { partition, order })),
      ),
    );
  }
  for (const [index, failed] of (run.failures ?? []).entries()) {
    const failure = failureOf(run, failed, index);
    const job = { kind: 'extract', part: failed.partition, epoch: 1 } as const;
    const id = hashOf(`${index}`).slice(0, 8);
    await put(failureFile(job, failure.attempt, { digits: manifest.partDigits, id }), failure);
  }
  if (run.isCancelled === true) {
    await put(cancelFile(1), withSelfHash({ by: byOf(run), at: iso(run.submittedMs + 1000) }));
  }
  if (run.isDone === true) await finish(folder, run, manifest);
  return { folder, manifest };
}

const byOf = ({ by }: WrittenRun) => by ?? { host: 'head.example', pid: 4711, name: 'local' };
const badOf = ({ quarantined }: WrittenRun, partition: number) => quarantined?.[partition] ?? [];
const listedOf = ({ partitions }: WrittenRun) => partitions.reduce((sum, images) => sum + images, 0);

function manifestOf(run: WrittenRun): Manifest {
  const { id, images = '/data/photos', partitions } = run;
  return withSelfHash({
    format: 'verger-manifest-1' as const,
    runId: id,
    identity: hashOf(id),
    ...{ images, extraction: EXTRACTION, pca: PCA, fingerprint: FINGERPRINT },
    listing: {
      sha256: hashOf('listing'),
      images: listedOf(run),
      bytes: listedOf(run) * 24_000,
      labels: 2,
      refused: 0,
    },
    partDigits: 5,
    partitions: partitions.map((count, at) => ({
      images: count,
      bytes: count * 24_000,
      sha256: hashOf(`part ${at}`),
    })),
  });
}

function epochOf(run: WrittenRun): Epoch {
  return withSelfHash({
    format: 'verger-epoch-1' as const,
    ...{ epoch: 1, cause: 'run' as const, finish: FINISH },
    ...(run.queue === undefined ? {} : { queue: run.queue }),
    ...(run.deadlineMs === undefined ? {} : { deadline: iso(run.deadlineMs) }),
    ...{ by: byOf(run), at: iso(run.submittedMs) },
  });
}

function commitOf(
  run: WrittenRun,
  { identity }: Manifest,
  { partition, order }: { partition: number; order: number },
): Commit {
  const listed = run.partitions[partition] ?? 0;
  const bad = badOf(run, partition).length;
  const workers = run.workers ?? ['worker-1', 'worker-2'];
  const name = workers[order % workers.length] ?? 'worker';
  const everyMs = run.commitEveryMs ?? 10_000;
  return withSelfHash({
    format: 'verger-commit-1' as const,
    ...{ runIdentity: identity, partition, rowsDigest: hashOf(`rows ${partition}`) },
    features: { sha256: hashOf(`features ${partition}`), bytes: listed * 5_200 },
    sums: { sha256: hashOf(`sums ${partition}`), bytes: 6_600_000 },
    ...{ listed, extracted: listed - bad, quarantined: bad === 0 ? {} : { [BAD_CODE]: bad } },
    ...{ numericClass: 'class-1', adopted: false, epoch: 1, attempt: 1 },
    worker: { host: `${name}.example`, pid: 100 + (order % workers.length), name },
    at: iso(run.submittedMs + (order + 1) * everyMs),
    timings: {
      readMs: listed * 0.5,
      decodeMs: listed * 0.6,
      inferenceMs: listed * 6.4,
      encodeMs: 60,
      wallMs: everyMs,
    },
  });
}

function failureOf(
  run: WrittenRun,
  { partition, code, reason, permanent = false, path }: NonNullable<WrittenRun['failures']>[number],
  index: number,
): Failure {
  return withSelfHash({
    format: 'verger-failure-1' as const,
    ...{ kind: 'extract' as const, partition, epoch: 1, attempt: 1 + (index % 4), code, reason },
    ...{ next: ERRORS[code].next, path: path ?? null, permanent },
    worker: { host: 'worker-1.example', pid: 7, name: 'worker-1' },
    at: iso(run.submittedMs + 5_000 + index),
  });
}

async function finish(folder: string, run: WrittenRun, manifest: Manifest): Promise<void> {
  const layout = runLayout(manifest.partDigits);
  const parts = [...run.partitions.keys()];
  const paths = parts.flatMap((partition) => badOf(run, partition));
  const listed = listedOf(run);
  const counts = { listed, extracted: listed - paths.length, quarantined: paths.length };
  const file = (name: string, bytes: number) => [name, { sha256: hashOf(name), bytes }] as const;
  const files = Object.fromEntries([
    ...parts.flatMap((at) => [
      file(layout.features(at), 5_200),
      file(layout.sums(at), 6_600_000),
      file(layout.projection(at), 900),
    ]),
    ...[
      file(RUN_FILES.model, 712_000),
      file(RUN_FILES.labels, 40_000),
      file(RUN_FILES.quarantine, paths.length * 150),
    ],
  ]);
  const success: Success = withSelfHash({
    format: 'verger-success-1' as const,
    ...{ verdict: 'ok' as const, epoch: 1, ...counts, k: 25, files },
  });
  const lines = paths.map((path) => JSON.stringify(quarantinedOf(run, path)));
  await write(join(folder, RUN_FILES.quarantine), Buffer.from(lines.map((line) => `${line}\n`).join('')));
  await write(join(folder, RUN_FILES.report), recordBytes(reportOf(run, manifest, counts)));
  if (run.withTimeline === true) {
    await write(join(folder, RUN_FILES.timeline), recordBytes(timelineOf(run, manifest)));
  }
  await write(join(folder, RUN_FILES.success), recordBytes(success));
}

function timelineOf(run: WrittenRun, manifest: Manifest): Timeline {
  // In the order of `committed` where all are; a run may have its timeline and no commit.
  const { committed = [] } = run;
  const order = new Map(committed.map((partition, at) => [partition, at]));
  const commits = run.partitions.map((_, partition) =>
    commitOf(run, manifest, { partition, order: order.get(partition) ?? partition }),
  );
  const names = [...new Set(commits.map(({ worker: { name } }) => name))];
  const column = (value: (commit: Commit) => number) => commits.map(value);
  return withSelfHash({
    ...{ format: 'verger-timeline-1' as const, runIdentity: manifest.identity, epoch: 1 },
    originMs: run.submittedMs,
    workers: names.flatMap((name) => commits.find(({ worker }) => worker.name === name)?.worker ?? []),
    partitions: {
      worker: column(({ worker }) => names.indexOf(worker.name)),
      ...{ epoch: column(({ epoch }) => epoch), attempt: column(({ attempt }) => attempt) },
      endMs: column(({ at }) => Date.parse(at) - run.submittedMs),
      wallMs: column(({ timings }) => Math.round(timings.wallMs)),
      extracted: column(({ extracted }) => extracted),
      quarantined: column(({ listed, extracted }) => listed - extracted),
      reused: column(() => 0),
      readMs: column(({ timings }) => Math.round(timings.readMs)),
      decodeMs: column(({ timings }) => Math.round(timings.decodeMs)),
      inferenceMs: column(({ timings }) => Math.round(timings.inferenceMs)),
      encodeMs: column(({ timings }) => Math.round(timings.encodeMs)),
    },
    codes: commits.flatMap(({ partition, quarantined }) =>
      Object.keys(quarantined).length === 0 ? [] : [{ partition, counts: quarantined }],
    ),
    failures: [],
  });
}

function quarantinedOf({ label = 'apple' }: WrittenRun, path: string): Quarantined {
  const { what: reason } = ERRORS[BAD_CODE];
  return { path, label, code: BAD_CODE, reason, bytes: 1_234, environmental: false };
}

function reportOf(
  run: WrittenRun,
  { images, fingerprint }: Manifest,
  counts: { listed: number; extracted: number; quarantined: number },
): Report {
  const { what: reason, next } = ERRORS[BAD_CODE];
  const { extracted, quarantined } = counts;
  return {
    format: 'verger-report-1',
    ...{ runId: run.id, images, verdict: 'ok', ...counts, reused: 0 },
    ...{ partitions: run.partitions.length, epochs: 1, fingerprint },
    numericClasses: [{ numericClass: 'class-1', partitions: run.partitions.length }],
    pca: { k: 25, options: PCA, cumulative: Array.from({ length: 25 }, (_, at) => (0.76 * (at + 1)) / 25) },
    labels: [{ label: 'apple', count: extracted }],
    ...{ labelsTruncated: false, nearest: [] },
    quarantine: quarantined === 0 ? [] : [{ code: BAD_CODE, reason, next, count: quarantined, examples: [] }],
    stages: {
      extract: {
        ...{ wallMs: 61_500, imagesPerSecond: 128.4, readMs: extracted * 0.5 },
        ...{ decodeMs: extracted * 0.6, inferenceMs: extracted * 6.4, encodeMs: extracted * 0.1 },
      },
      ...{ reduceMs: 2_100, projectMs: 900 },
    },
  };
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
}
