import { type FinishOptions, formatError, type Run, type Storage, VergerError } from '@verger/core';
import { listImages, parseLabelRule, spoolListing } from '@verger/listing';
import { createRun, findDamage, joins, openEpoch, planManifest, refuseDamage } from '@verger/pipeline';
import { openLocalStorage, removeStaleTemporaries } from '@verger/storage';
import { type FakeChildren, fakeChildren } from '../../packages/pipeline/src/testing/fake-children.ts';
import {
  CLOCK,
  EXTRACTION,
  FINISH,
  PCA,
  testExecutor,
  WORKER,
} from '../../packages/pipeline/src/testing/harness.ts';
import { FINGERPRINT } from '../fixtures/rows.ts';
import { type Actor, asActor, withKey } from './fs-hook.ts';

/** The run's name, so that its folder is known before it is listed. */
export const RUN_NAME = 'trial';
export const PARTITIONS = 2;

/** Folders of one trial. */
export interface Place {
  readonly folder: string;
  readonly images: string;
  readonly runs: string;
  /** The run folder. */
  readonly run: string;
  readonly spool: string;
}

export function placeIn(folder: string, images = `${folder}/images`): Place {
  const runs = `${folder}/runs`;
  return { folder, images, runs, run: `${runs}/${RUN_NAME}`, spool: `${folder}/spool` };
}

/** How a submission ended: `done`, or the code of what it threw, with the text that a person would read. */
export interface Ending {
  readonly code: string;
  readonly text: string;
  readonly children: FakeChildren;
}

export interface SubmitOptions {
  readonly finish?: Partial<FinishOptions>;
  readonly cause?: 'run' | 'resume';
}

/** Tells the file-system hook which key a call serves. */
function keyed(storage: Storage): Storage {
  return {
    describe: () => storage.describe(),
    list: (options) => storage.list(options),
    read: (key, options) => withKey(key, () => storage.read(key, options)),
    create: (key, body) => withKey(key, () => storage.create(key, body)),
    replace: (key, body) => withKey(key, () => storage.replace(key, body)),
    remove: (key) => withKey(key, () => storage.remove(key)),
  };
}

/**
 * What `verger run` does, in this process and with children in this process, as one actor: list, plan, create the run, open an
 * epoch, execute, verify. Pauses between attempts take no time. Never throws.
 */
export async function submit(place: Place, actor: Actor, options: SubmitOptions = {}): Promise<Ending> {
  const children = fakeChildren();
  try {
    await asActor(actor, () => submitTo(place, children, options));
    return { code: 'done', text: '', children };
  } catch (error) {
    if (error instanceof VergerError) return { code: error.code, text: formatError(error), children };
    return {
      code: 'E_INTERNAL',
      text: error instanceof Error ? String(error.stack) : String(error),
      children,
    };
  }
}

async function submitTo(place: Place, children: FakeChildren, options: SubmitOptions): Promise<void> {
  const images = keyed(openLocalStorage(place.images));
  const store = keyed(openLocalStorage(place.run));
  const finish: FinishOptions = { ...FINISH, csv: true, maxBad: 1, ...options.finish };
  const extraction = { ...EXTRACTION, partitions: PARTITIONS };
  const { labeler } = await parseLabelRule(extraction.label, async () => '');
  const spool = await spoolListing(listImages(images, extraction, labeler), place.spool);
  let run: Run;
  try {
    const plan = {
      images: images.describe(),
      extraction,
      pca: PCA,
      name: RUN_NAME,
      fingerprint: FINGERPRINT,
    };
    const manifest = await planManifest(plan, spool);
    if (await joins(store, manifest)) {
      const whole = await findDamage(store);
      if (whole !== undefined) return refuseDamage(store, whole);
    }
    await createRun(store, manifest, spool);
    const cause = options.cause ?? 'run';
    const { epoch } = await openEpoch(store, { cause, finish, by: WORKER, at: CLOCK.now() });
    await removeStaleTemporaries(store.describe());
    run = { manifest, store, images, epoch };
  } finally {
    await spool.dispose();
  }
  const executor = testExecutor(children);
  await executor.submit(run);
  try {
    for await (const _ of executor.watch(run));
  } finally {
    await executor.close();
  }
  const verified = await findDamage(store);
  if (verified === undefined) throw new VergerError('E_RUN_REOPENED', { location: store.describe() });
  refuseDamage(store, verified);
}
