import {
  type Commit,
  labelCentroidsSchema,
  pcaModelSchema,
  type Quarantined,
  RUN_FILES,
  readAhead,
  reportSchema,
  type Storage,
  type StoredFile,
  type Success,
  successSchema,
  VergerError,
  withPlace,
  withSelfHash,
} from '@verger/core';
import {
  commitsInOrder,
  createOrCompare,
  newestEpoch,
  parseRecord,
  readFile,
  readLeftOut,
  readRecord,
  readSuccess,
  recordBytes,
  reopenFinish,
  requireEpoch,
  requireFile,
  storedFileOf,
} from '@verger/run';
import { FILES_AT_ONCE, type StageContext } from '../context.ts';
import { decodeStored, readModel, type StoredModel } from '../project/project.ts';
import type { PageOptions } from './html-report.ts';
import { carefully, createPage, isTriedAgain, type Page, writePage } from './page.ts';
import { comparePrecisions } from './precision.ts';
import { buildReport, type ReportInput } from './report.ts';
import { writeResultCsv } from './result-csv.ts';
import { countCutShort, writeTimeline } from './write-timeline.ts';

/**
 * Writes quarantine.jsonl, result.csv (if asked), report.json, timeline.json, report.html (unless not wanted)
 * and, last, `_SUCCESS`. What to make is what the newest epoch asks, whichever epoch this is: so of several
 * that finish one run, all make the same. Does nothing when `_SUCCESS` answers that. `committed` holds the
 * commits of all partitions. Errors: E_RUN_CORRUPT when one is missing; E_EPOCH_OVER when another epoch was
 * opened meanwhile.
 */
export async function finishRun(
  ctx: StageContext,
  committed: ReadonlyMap<number, Commit>,
  stageMs: ReportInput['stageMs'],
  options: PageOptions = {},
): Promise<Success> {
  const { run } = ctx;
  const finished = await readSuccess(run.store);
  if (finished !== undefined) return finished;
  const { epoch, finish } = await requireEpoch(run.store);
  if ((await readFile(run.store, RUN_FILES.success)) !== undefined) await reopenFinish(run.store);

  const commits = commitsInOrder(run, committed);
  const quarantined = await readQuarantine(ctx, commits);
  const quarantine = quarantineBytes(quarantined);
  // From before a repair; the metadata of the features files is what counts.
  if ((await createOrCompare(run.store, RUN_FILES.quarantine, quarantine)) === 'differs') {
    await run.store.replace(RUN_FILES.quarantine, quarantine);
  }

  const extracted = commits.reduce((total, commit) => total + commit.extracted, 0);
  const listed = run.manifest.listing.images;
  const tooMany = extracted === 0 || quarantined.length > finish.maxBad * listed;
  const verdict = tooMany ? 'too-many-bad' : 'ok';
  const pca = extracted === 0 ? null : await readPca(ctx);
  const csv =
    finish.csv && pca !== null
      ? await writeResultCsv(ctx, { commits, model: pca.stored, options: finish })
      : undefined;
  const precisionComparison = pca === null ? undefined : await comparePrecisions(ctx, commits, pca);
  const report = buildReport({
    precisionComparison,
    ...{ manifest: run.manifest, verdict, epochs: epoch, commits, quarantined },
    model: pca?.model ?? null,
    labels: pca?.labels ?? null,
    leftOut: await readLeftOut(run.store, epoch),
    stageMs: await keptStageMs(run.store, stageMs),
  });
  const ended = await checkOpen(run.store, epoch);
  if (ended !== undefined) return ended;
  const cutShort = await countCutShort(run.store);
  await run.store.replace(RUN_FILES.report, recordBytes(report));
  const timeline = await writeTimeline(ctx, { epoch, commits, cutShort });
  const wanted = finish.htmlReport !== false && isTriedAgain(ctx, cutShort);
  const page = wanted ? createPage(ctx, commits, pca) : undefined;
  const files = await partFiles(ctx, commits, { model: pca?.stored ?? null, page });
  const { model = null, labels = null } = pca ?? {};
  const records = { report, timeline, commits, quarantined, model, labels };
  const overtaken = () => checkOpen(run.store, epoch);
  const other = await writePage(ctx, page, { records, overtaken, options: carefully(options, cutShort) });
  if (other !== undefined) return other;

  const success: Success = withSelfHash({
    format: 'verger-success-1' as const,
    verdict,
    epoch,
    listed,
    extracted,
    quarantined: quarantined.length,
    k: pca?.model.k ?? null,
    files: {
      ...files,
      ...pca?.files,
      [RUN_FILES.quarantine]: await storedFileOf(quarantine),
      ...(csv === undefined ? {} : { [RUN_FILES.csv]: csv }),
    },
  });
  if ((await run.store.create(RUN_FILES.success, recordBytes(success))) === 'created') return success;
  return (await readRecord(run.store, RUN_FILES.success, successSchema)) ?? success;
}

/**
 * Looks again before what others may have written since is replaced: who slept may wake long after. Gives
 * `_SUCCESS` where another finish has written it. Errors: E_EPOCH_OVER. Cost: one list and one read.
 */
async function checkOpen(store: Storage, epoch: number): Promise<Success | undefined> {
  const success = await readSuccess(store);
  if (success === undefined && (await newestEpoch(store)) > epoch)
    throw new VergerError('E_EPOCH_OVER', { location: store.describe() });
  return success;
}

/** The bytes of quarantine.jsonl. */
export function quarantineBytes(quarantined: readonly Quarantined[]): Uint8Array {
  return Buffer.from(quarantined.map((record) => `${JSON.stringify(record)}\n`).join(''));
}

/** Times of stages; those that this epoch had no need to do come from the report that is there. */
async function keptStageMs(store: Storage, now: ReportInput['stageMs']): Promise<ReportInput['stageMs']> {
  if (now.reduce !== null && now.project !== null) return now;
  // A damaged report is about to be made again: its times are all that is lost.
  const earlier = await readRecord(store, RUN_FILES.report, reportSchema).catch(() => undefined);
  const { reduceMs = null, projectMs = null } = earlier?.stages ?? {};
  return { reduce: now.reduce ?? reduceMs, project: now.project ?? projectMs };
}

/** The stored model and labels: as they are, parsed, and as `_SUCCESS` names them. Errors: E_RUN_CORRUPT. */
async function readPca(ctx: StageContext) {
  const { store } = ctx.run;
  const at = (file: string) => `${store.describe()}/${file}`;
  const stored: StoredModel = await readModel(ctx);
  const labelBytes = await requireFile(store, RUN_FILES.labels);
  return {
    stored,
    model: parseRecord(stored.bytes, pcaModelSchema, at(RUN_FILES.model)),
    labels: parseRecord(labelBytes, labelCentroidsSchema, at(RUN_FILES.labels)),
    files: {
      [RUN_FILES.labels]: await storedFileOf(labelBytes),
      [RUN_FILES.model]: { sha256: stored.sha256, bytes: stored.bytes.byteLength },
    },
  };
}

/** Quarantine of all partitions in listing order, from the metadata of the features files that have any. */
async function readQuarantine(ctx: StageContext, commits: readonly Commit[]): Promise<Quarantined[]> {
  const { run, layout, children, signal } = ctx;
  const some = commits.filter((commit) => commit.listed > commit.extracted);
  const all: Quarantined[] = [];
  const reads = readAhead(some, 2, async ({ partition, rowsDigest }) => {
    const file = { store: run.store, file: layout.features(partition), partition };
    const features = await requireFile(file.store, file.file);
    return await withPlace(file, () => children.call('quarantine', { features, rowsDigest }, { signal }));
  });
  for await (const records of reads) for (const record of records) all.push(record);
  return all;
}

async function partFiles(
  ctx: StageContext,
  commits: readonly Commit[],
  { model, page }: { model: StoredModel | null; page: Page | undefined },
): Promise<Record<string, StoredFile>> {
  const { layout } = ctx;
  const files: Record<string, StoredFile> = {};
  // In order: the page is a function of the rows and their order.
  const parts = readAhead(commits, FILES_AT_ONCE, async (commit) => {
    const { partition, features, sums } = commit;
    const own = { [layout.features(partition)]: features, [layout.sums(partition)]: sums };
    if (model === null) return { own, rows: undefined };
    const bytes = await requireFile(ctx.run.store, layout.projection(partition));
    const rows = await page?.compare(commit, bytes);
    // Read whole, so that what `_SUCCESS` names is known to be good.
    if (rows === undefined) await decodeStored(ctx, partition, { bytes, model });
    return { own: { ...own, [layout.projection(partition)]: await storedFileOf(bytes) }, rows };
  });
  for await (const { own, rows } of parts) {
    Object.assign(files, own);
    if (rows !== undefined) page?.add(rows);
  }
  return files;
}
