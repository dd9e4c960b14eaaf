import {
  type Commit,
  labelCentroidsSchema,
  pcaModelSchema,
  type Quarantined,
  RUN_FILES,
  type StoredFile,
  type Success,
  sealRecord,
} from '@verger/core';
import { mapBounded, readAhead } from './bounded.ts';
import { placed } from './placed.ts';
import { readModel, type StoredModel } from './project.ts';
import { parseRecord, recordBytes, requireFile, sha256Async } from './records.ts';
import { readCommits } from './reduce.ts';
import { buildReport, type ReportInput } from './report.ts';
import { writeResultCsv } from './result-csv.ts';
import { FILES_AT_ONCE, type StageContext } from './stage-context.ts';

/** Writes quarantine.jsonl, result.csv (if asked), report.json and, last, `_SUCCESS`. */
export async function finishRun(ctx: StageContext, stageMs: ReportInput['stageMs']): Promise<Success> {
  const { run } = ctx;
  const commits = await readCommits(ctx);
  const quarantined = await readQuarantine(ctx, commits);
  const quarantineBytes = Buffer.from(quarantined.map((record) => `${JSON.stringify(record)}\n`).join(''));
  await run.store.create(RUN_FILES.quarantine, quarantineBytes);

  const extracted = commits.reduce((total, commit) => total + commit.extracted, 0);
  const model = extracted === 0 ? null : await readModel(ctx);
  const parsed = model === null ? null : parseRecord(model.bytes, pcaModelSchema, RUN_FILES.model);
  const csv = ctx.epoch.finish.csv && model !== null ? await writeResultCsv(ctx, commits, model) : undefined;
  const listed = run.manifest.listing.images;
  const verdict = quarantined.length > ctx.epoch.finish.maxBad * listed ? 'too-many-bad' : 'ok';
  const labels =
    model === null
      ? null
      : parseRecord(await requireFile(run.store, RUN_FILES.labels), labelCentroidsSchema, RUN_FILES.labels);
  const report = buildReport({
    manifest: run.manifest,
    verdict,
    epochs: run.epoch,
    commits,
    quarantined,
    model: parsed,
    labels,
    stageMs,
  });
  await run.store.replace(RUN_FILES.report, recordBytes(report));

  const success: Success = sealRecord({
    format: 'verger-success-1' as const,
    verdict,
    epoch: run.epoch,
    listed,
    extracted,
    quarantined: quarantined.length,
    k: parsed?.k ?? null,
    files: {
      ...(await partFiles(ctx, commits, model)),
      ...(await pcaFiles(ctx, model)),
      [RUN_FILES.quarantine]: await storedFile(quarantineBytes),
      ...(csv === undefined ? {} : { [RUN_FILES.csv]: csv }),
    },
  });
  await run.store.create(RUN_FILES.success, recordBytes(success));
  return success;
}

/** Quarantine of all partitions in listing order, from the metadata of the features files that have any. */
async function readQuarantine(ctx: StageContext, commits: readonly Commit[]): Promise<Quarantined[]> {
  const { run, layout, children } = ctx;
  const some = commits.filter((commit) => commit.listed > commit.extracted);
  const all: Quarantined[] = [];
  const reads = readAhead(some, 2, async ({ partition, rowsDigest }) => {
    const file = layout.features(partition);
    const features = await requireFile(run.store, file);
    try {
      return await children.call('quarantine', { features, rowsDigest });
    } catch (error) {
      throw placed(error, partition, `${run.store.describe()}/${file}`);
    }
  });
  for await (const records of reads) all.push(...records);
  return all;
}

async function storedFile(bytes: Uint8Array): Promise<StoredFile> {
  return { sha256: await sha256Async(bytes), bytes: bytes.byteLength };
}

async function partFiles(
  ctx: StageContext,
  commits: readonly Commit[],
  model: StoredModel | null,
): Promise<Record<string, StoredFile>> {
  const { run, layout } = ctx;
  const entries = await mapBounded(commits, FILES_AT_ONCE, async ({ partition, features, sums }) => {
    const own: [string, StoredFile][] = [
      [layout.features(partition), features],
      [layout.sums(partition), sums],
    ];
    if (model === null) return own;
    const file = layout.projection(partition);
    return [...own, [file, await storedFile(await requireFile(run.store, file))] as [string, StoredFile]];
  });
  return Object.fromEntries(entries.flat());
}

async function pcaFiles(ctx: StageContext, model: StoredModel | null): Promise<Record<string, StoredFile>> {
  if (model === null) return {};
  const labels = await requireFile(ctx.run.store, RUN_FILES.labels);
  return {
    [RUN_FILES.labels]: await storedFile(labels),
    [RUN_FILES.model]: { sha256: model.sha256, bytes: model.bytes.byteLength },
  };
}
