import { readFile } from 'node:fs/promises';
import { type Manifest, type ReuseSource, runLayout, type Storage, VergerError } from '@verger/core';
import { cutListing, type ListingPart, listImages, parseLabelRule } from '@verger/listing';
import { readSuccess } from '@verger/run';
import { systemClock } from '@verger/runtime';
import { stageContext } from '@verger/stages';
import { probeConditionalWrites, removeStaleTemporaries } from '@verger/storage';
import {
  type Examination,
  examineRun,
  lostFeatures,
  missingInSource,
  openRepair,
  plannedFiles,
  planRepair,
  type Recomputed,
  recomputeRows,
  repairRun,
} from '@verger/verify';
import type { CommandInput } from './cli/command.ts';
import { executeRun } from './execute.ts';
import { outputOf } from './find-run.ts';
import { networkOfRun, type WeightsRequest } from './find-weights.ts';
import { type LocalOptions, startLocal } from './local.ts';
import { openImages } from './open-images.ts';
import { earlierReuse } from './reuse.ts';
import { spoolTemporarily } from './run-flow.ts';
import { thisWorker } from './this-worker.ts';

/** A run and the machine that looks after it. */
export interface Patient {
  readonly store: Storage;
  readonly manifest: Manifest;
  readonly operational: Omit<LocalOptions, 'init' | 'logger'> & Omit<WeightsRequest, 'otherwise'>;
}

/** Examines a run in children that need no weights. Errors: those of storage and children, never what is found. */
export async function examine(input: CommandInput, patient: Patient): Promise<Examination> {
  const { manifest, store, operational } = patient;
  const { fingerprint } = manifest;
  const local = startLocal({ ...operational, init: { network: null, fingerprint }, logger: input.logger });
  try {
    await local.ready();
    const run = { manifest, store, images: openImages(input, manifest), epoch: 0 };
    return await examineRun(
      stageContext(local.services, { run, signal: input.signal, emit: () => {} }),
      progressNotes(input),
    );
  } finally {
    await local.close();
  }
}

/** An examination, and what extracting some rows again gave. */
export interface Checked extends Examination {
  readonly recomputed?: Recomputed;
}

/** The same with `count` random rows extracted again, for which the run's weights are needed. Errors: also E_WEIGHTS_…. */
export async function examineAndRecompute(
  input: CommandInput,
  patient: Patient,
  asked: { readonly count: number; readonly seed: number } | undefined,
): Promise<Checked> {
  const examination = await examine(input, patient);
  if (asked === undefined) return examination;
  const { manifest, store, operational } = patient;
  const init = networkOfRun(manifest, operational, input);
  const local = startLocal({ ...operational, init, logger: input.logger });
  try {
    await local.ready();
    const run = { manifest, store, images: openImages(input, manifest), epoch: 0 };
    const ctx = stageContext(local.services, { run, signal: input.signal, emit: () => {} });
    const recomputed = await recomputeRows(ctx, examination.parts, asked);
    return { ...examination, findings: [...examination.findings, ...recomputed.findings], recomputed };
  } finally {
    await local.close();
  }
}

/** Faults that a repair can do something about. */
export function mendable({ findings }: Examination): boolean {
  return findings.some(({ severity, repair }) => severity === 'fault' && repair !== 'none');
}

/**
 * Repairs what was found, in an epoch of its own, and takes the run to its end if it `goesOn`. Features come from the run that they
 * were taken from, if there is one, else from the images. Errors: what repairing, extracting or finishing throws.
 */
export async function mendRun(
  input: CommandInput,
  patient: Patient,
  { examination, goesOn }: { readonly examination: Examination; readonly goesOn: boolean },
): Promise<void> {
  const { manifest, store, operational } = patient;
  const images = openImages(input, manifest);
  const plan = planRepair(examination, manifest);
  const { reuse, needsNetwork } = await sourcesOf(input, patient, { examination, goesOn });
  const init = needsNetwork
    ? networkOfRun(manifest, operational, input)
    : { network: null, fingerprint: manifest.fingerprint };
  const local = startLocal({ ...operational, init, logger: input.logger });
  try {
    const executor = await local.ready();
    input.signal.throwIfAborted();
    await probeConditionalWrites(input.storages.open(outputOf(store.describe())));
    const epoch = await openRepair(patient, examination, { by: thisWorker, at: systemClock.now() });
    await removeStaleTemporaries(store.describe());
    const run = { manifest, store, images, epoch: epoch.epoch, reuse };
    const ctx = stageContext(local.services, { run, signal: input.signal, emit: () => {} });
    const files = plannedFiles(plan, manifest);
    input.out.note(
      `repairing in epoch ${epoch.epoch}: ${files.slice(0, 6).join(', ')}${files.length > 6 ? ', …' : ''}`,
    );
    await repairRun(ctx, examination, { relist: () => relist(input, manifest) });
    if (!goesOn || (await readSuccess(store)) !== undefined) return;
    const { finish } = epoch;
    const own = { store, images, manifest, executor, finish, epoch, reuse };
    await executeRun(input, { ...own, cause: 'repair', remake: [] });
  } finally {
    await local.close();
  }
}

/**
 * Where lost features come from. A refit takes them from its source only where that has all of them as they were: else the images and
 * their weights are needed.
 */
async function sourcesOf(
  input: CommandInput,
  { manifest }: Patient,
  { examination, goesOn }: { readonly examination: Examination; readonly goesOn: boolean },
): Promise<{ reuse: ReuseSource | undefined; needsNetwork: boolean }> {
  const plan = planRepair(examination, manifest);
  const { partDigits } = manifest;
  const { lost, images } = lostFeatures(plan, examination, { partDigits, goesOn });
  if (lost.length === 0) return { reuse: undefined, needsNetwork: images };
  const reuse = await earlierReuse(examination.reuse, input);
  if (reuse?.whole !== true) return { reuse, needsNetwork: true };
  const missing = await missingInSource(reuse, lost);
  if (missing === undefined) return { reuse, needsNetwork: images };
  const file = `${reuse.store.describe()}/${runLayout(reuse.manifest.partDigits).features(missing)}`;
  input.out.note(`note: ${file} is not what was taken from it, so the images are extracted again`);
  return { reuse: undefined, needsNetwork: true };
}

/** The listing again, cut as it was; nothing where that cannot be: another label file, no images. */
async function* relist(input: CommandInput, manifest: Manifest): AsyncGenerator<ListingPart> {
  const { extraction } = manifest;
  if (extraction.label.startsWith('csv:')) return;
  try {
    const { labeler } = await parseLabelRule(extraction.label, (file) => readFile(file, 'utf8'));
    const { signal } = input;
    const images = listImages(openImages(input, manifest), extraction, labeler, { signal });
    const spool = await spoolTemporarily(images);
    try {
      yield* cutListing(spool, extraction);
    } finally {
      await spool.dispose();
    }
  } catch (error) {
    if (!(error instanceof VergerError)) throw error;
    input.out.note(`the images could not be listed again: ${error.message}`);
  }
}

/** Says every few seconds how far an examination is. */
function progressNotes({ out }: CommandInput) {
  let toldMs = performance.now();
  return ({ check, done, total }: { check: string; done: number; total: number }) => {
    if (performance.now() - toldMs < 5000) return;
    toldMs = performance.now();
    out.note(`verifying ${check}: ${done} of ${total}`);
  };
}
