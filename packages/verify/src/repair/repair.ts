import {
  DEFAULT_MAX_BAD,
  type Epoch,
  epochFile,
  type FinishOptions,
  RUN_FILES,
  type Run,
  runLayout,
  type Storage,
  type Success,
  setAsideFile,
  type WorkerRef,
  withSelfHash,
} from '@verger/core';
import type { ListingPart } from '@verger/listing';
import { openEpoch, readFile, recordBytes, requireFile } from '@verger/run';
import type { StageContext } from '@verger/stages';
import type { Examination } from '../examine.ts';
import { checkOwn, extractAgain } from './extract.ts';
import { planRepair, type RepairPlan } from './plan.ts';

/** Who repairs, and when. */
export interface Repairer {
  readonly by: WorkerRef;
  readonly at: string;
}

/**
 * Opens the epoch of a repair; before it, epochs whose record is lost get one in their place, so that its number is a new one. It
 * asks of finish what was asked last, as far as epochs or what is left of the results still say so, names the run whose features may
 * be taken, if one was named, and is strict if that was asked.
 */
export async function openRepair(
  { store, manifest }: Pick<Run, 'store' | 'manifest'>,
  examination: Examination,
  { by, at }: Repairer,
): Promise<Epoch> {
  const { reuse, strict } = examination.epoch ?? {};
  const finish = examination.epoch?.finish ?? (await finishOfRemains(store, examination.success));
  for (const epoch of planRepair(examination, manifest).epochs) {
    const lost = { format: 'verger-epoch-1' as const, epoch, cause: 'repair' as const, finish, by, at };
    const bytes = recordBytes(withSelfHash({ ...lost, reuse, strict }));
    if ((await store.create(epochFile(epoch), bytes)) === 'exists') {
      await store.replace(epochFile(epoch), bytes);
    }
  }
  return await openEpoch(store, { cause: 'repair', finish, reuse, strict, by, at });
}

/**
 * Does what the plan says, in the epoch of the context: files are put in place whole where their bytes are known to be the
 * committed ones, and removed, the last made first, where the stages are to make them again. Stopped anywhere it leaves a run that
 * another repair ends. The caller takes the run to its end afterwards. Errors: E_RUN_REOPENED when another submission took over;
 * E_RUN_DAMAGED when images that are needed again are not there as they were listed: nothing of their partition was removed.
 */
export async function repairFiles(
  ctx: StageContext,
  examination: Examination,
  options: { readonly relist: () => AsyncIterable<ListingPart> },
): Promise<RepairPlan> {
  const { store, manifest } = ctx.run;
  const plan = planRepair(examination, manifest);
  await relistParts(ctx, plan, options.relist);
  await checkOwn(ctx);
  for (const file of plan.print) await store.replace(file, recordBytes(manifest));
  for (const file of plan.remove) await store.remove(file);
  for (const partition of plan.sums) await rebuildSums(ctx, partition);
  for (const partition of plan.extract) {
    await checkOwn(ctx);
    await extractAgain(ctx, examination, partition);
  }
  for (const file of plan.setAside) await setAside(ctx, file);
  return plan;
}

/** A listing part is a frozen fact: only the very bytes that the manifest names are put in its place. */
async function relistParts(
  { run: { store, manifest }, layout }: StageContext,
  { listing }: RepairPlan,
  relist: () => AsyncIterable<ListingPart>,
): Promise<void> {
  if (listing.length === 0) return;
  for await (const { index, lines, sha256 } of relist()) {
    if (!listing.includes(index) || sha256 !== manifest.partitions[index]?.sha256) continue;
    await store.replace(layout.listing(index), lines);
  }
}

async function rebuildSums(
  { run: { store }, layout, children, signal }: StageContext,
  partition: number,
): Promise<void> {
  const features = await requireFile(store, layout.features(partition));
  const { sums } = await children.call('adopt', { features, listing: null }, { signal });
  await store.replace(layout.sums(partition), sums);
}

/** Moves a file that is not the run's out of the way of its readers: it may be somebody's work. */
async function setAside({ run: { store, epoch } }: StageContext, file: string): Promise<void> {
  const bytes = await readFile(store, file);
  if (bytes === undefined) return;
  const target = setAsideFile(epoch, file);
  if ((await store.create(target, bytes)) === 'exists') await store.replace(target, bytes);
  await store.remove(file);
}

/** What finish was asked to make where no epoch says so any more: a CSV where there is one, a limit that gives the same verdict. */
async function finishOfRemains(store: Storage, success: Success | undefined): Promise<FinishOptions> {
  const head = await store.read(RUN_FILES.csv, { range: { start: 0, end: 256 } });
  const text = head.status === 'read' ? Buffer.from(head.bytes).toString('utf8') : '';
  const withImages = /^[^\r\n]*image/.test(text);
  const share = success === undefined ? 0 : success.quarantined / success.listed;
  const isBad = success?.verdict === 'too-many-bad';
  const maxBad = isBad ? Math.min(DEFAULT_MAX_BAD, share / 2) : Math.max(DEFAULT_MAX_BAD, share);
  const csv = head.status === 'read' || success?.files[RUN_FILES.csv] !== undefined;
  return { csv, withImages, csvRaw: false, ...(text.startsWith('\uFEFF') ? { csvBom: true } : {}), maxBad };
}

/** Every file that a plan touches at once: for a person. */
export function plannedFiles(plan: RepairPlan, { partDigits }: Run['manifest']): string[] {
  const layout = runLayout(partDigits);
  const files = [
    ...plan.epochs.map(epochFile),
    ...plan.listing.map(layout.listing),
    ...plan.print,
    ...plan.remove,
    ...plan.sums.map(layout.sums),
    ...plan.extract.map(layout.features),
    ...plan.setAside,
  ];
  return [...new Set(files)];
}
