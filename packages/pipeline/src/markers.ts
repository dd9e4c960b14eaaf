import {
  cancelFile,
  commitSchema,
  epochOf,
  failureSchema,
  isFailureOf,
  type Manifest,
  RUN_FILES,
  RUN_FOLDERS,
  type RunMarkers,
  runLayout,
  type Storage,
} from '@verger/core';
import { projectionModelOf } from '@verger/tables';
import { forEachBounded } from './bounded.ts';
import { readFile, readRecord, sha256Async } from './records.ts';
import { FILES_AT_ONCE } from './stage-context.ts';

/** What storage says of a run, for `nextStep` and `runState`. */
export interface RunStatus {
  readonly commits: ReadonlySet<number>;
  readonly markers: RunMarkers;
  /** Images accounted for by commits. */
  readonly extracted: number;
  readonly quarantined: number;
}

/** Reads a run's status: commits by name, the end of each projection, the newest epoch. Cost: one small read a partition. */
export async function readStatus(store: Storage, manifest: Manifest): Promise<RunStatus> {
  const layout = runLayout(manifest.partDigits);
  const parts = manifest.partitions.map((_, index) => index);
  const commits = new Set<number>();
  let extracted = 0;
  let quarantined = 0;
  await forEachBounded(parts, FILES_AT_ONCE, async (partition) => {
    const commit = await readRecord(store, layout.commit(partition), commitSchema);
    if (commit === undefined) return;
    commits.add(partition);
    extracted += commit.extracted;
    quarantined += commit.listed - commit.extracted;
  });
  const complete = commits.size === parts.length;
  const model = complete ? await readFile(store, RUN_FILES.model) : undefined;
  const projected = model === undefined ? new Set<number>() : await readProjected(store, manifest, model);
  const epoch = await newestEpoch(store);
  return {
    commits,
    extracted,
    quarantined,
    markers: {
      epoch,
      model: model !== undefined,
      success: (await readFile(store, RUN_FILES.success)) !== undefined,
      extracted: complete ? extracted : null,
      projected,
      cancelled: epoch > 0 && (await readFile(store, cancelFile(epoch))) !== undefined,
      failed: epoch > 0 && (await hasPermanentFailure(store, epoch)),
    },
  };
}

/** The number of the newest epoch, 0 when there is none. */
export async function newestEpoch(store: Storage): Promise<number> {
  let newest = 0;
  for await (const { key } of store.list({ prefix: RUN_FOLDERS.epochs })) {
    newest = Math.max(newest, epochOf(key) ?? 0);
  }
  return newest;
}

async function readProjected(store: Storage, manifest: Manifest, model: Uint8Array): Promise<Set<number>> {
  const layout = runLayout(manifest.partDigits);
  const modelSha256 = await sha256Async(model);
  const projected = new Set<number>();
  await forEachBounded(manifest.partitions.keys(), FILES_AT_ONCE, async (partition) => {
    const named = await modelNamedBy(store, layout.projection(partition));
    if (named === modelSha256) projected.add(partition);
  });
  return projected;
}

const FOOTER_BYTES = 16 * 1024;

/** The model hash in a projection's metadata, from the end of the file; undefined when it is missing or unreadable. */
async function modelNamedBy(store: Storage, file: string): Promise<string | undefined> {
  let lastBytes = FOOTER_BYTES;
  for (let tries = 0; tries < 2; tries += 1) {
    const result = await store.read(file, { lastBytes });
    if (result.status !== 'read') return undefined;
    const named = await projectionModelOf(result.bytes, result.totalBytes);
    if (typeof named === 'string' || named === undefined) return named;
    lastBytes = named.need;
  }
  return undefined;
}

async function hasPermanentFailure(store: Storage, epoch: number): Promise<boolean> {
  for await (const { key } of store.list({ prefix: RUN_FOLDERS.failures })) {
    if (!isFailureOf(key, epoch)) continue;
    const failure = await readRecord(store, key, failureSchema);
    if (failure?.permanent === true) return true;
  }
  return false;
}
