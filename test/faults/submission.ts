import { mkdirSync } from 'node:fs';
import {
  type FinishOptions,
  formatError,
  type Manifest,
  type Reuse,
  type ReuseSource,
  type Run,
  type Storage,
  sha256,
  VergerError,
} from '@verger/core';
import { listImages, parseLabelRule, spoolListing } from '@verger/listing';
import {
  copiedListing,
  createRun,
  type FrozenFiles,
  findDamage,
  joins,
  openEpoch,
  planManifest,
  planRefit,
  refuseDamage,
  spoolFiles,
} from '@verger/run';
import { openLocalStorage, removeStaleTemporaries } from '@verger/storage';
import { type FakeChildren, fakeChildren } from '@verger/testkit/fake-children';
import { FINGERPRINT } from '@verger/testkit/rows';
import { CLOCK, EXTRACTION, FINISH, PCA, testExecutor, WORKER } from '@verger/testkit/run-harness';
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

/** The place in a folder, which is made: a system's temporary folder is there, too. */
export function placeIn(folder: string, images = `${folder}/images`): Place {
  mkdirSync(folder, { recursive: true });
  const runs = `${folder}/runs`;
  return { folder, images, runs, run: `${runs}/${RUN_NAME}`, spool: `${folder}/spool` };
}

/** How a submission ended: `done`, or the code of what it threw, with the text that a person would read. */
export interface Ending {
  readonly code: string;
  readonly text: string;
  readonly children: FakeChildren;
}

/** A run that is planned, and whatever has to be given back once it is created. */
export interface Planned {
  readonly manifest: Manifest;
  readonly frozen: FrozenFiles;
  /** Of a refit: the run it takes its features from. */
  readonly reuse?: ReuseSource;
  dispose(): Promise<void>;
}

/** Plans what a submission is of. */
export type Plan = (place: Place, images: Storage) => Promise<Planned>;

export interface SubmitOptions {
  readonly finish?: Partial<FinishOptions>;
  readonly cause?: 'run' | 'resume';
  /** Default: the images are listed, as `verger run` does. */
  readonly plan?: Plan;
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
 * What `verger run` does, in this process and with children in this process, as one actor: list, plan, create
 * the run, open an epoch, execute, verify. Pauses between attempts take no time. Never throws.
 */
export async function submit(place: Place, actor: Actor, options: SubmitOptions = {}): Promise<Ending> {
  const children = fakeChildren({ wide: true });
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

/** The plan of `verger run`, and with a model, as its bytes, that of `verger transform`. */
export function planListed(given?: { readonly bytes: Uint8Array; readonly runId: string }): Plan {
  return async (place, images) => {
    const extraction = { ...EXTRACTION, partitions: PARTITIONS };
    const { labeler } = await parseLabelRule(extraction.label, async () => '');
    const spool = await spoolListing(listImages(images, extraction, labeler), place.spool);
    try {
      const model = given && { sha256: sha256(given.bytes), runId: given.runId };
      const plan = { images: images.describe(), extraction, pca: PCA, model, name: RUN_NAME };
      const manifest = await planManifest({ ...plan, fingerprint: FINGERPRINT }, spool);
      const frozen = spoolFiles(manifest, spool, { model: given?.bytes });
      return { manifest, frozen, dispose: () => spool.dispose() };
    } catch (error) {
      await spool.dispose();
      throw error;
    }
  };
}

/** The plan of `verger refit --components 2` of a finished run, which is only read. */
export function planRefitted(source: Omit<ReuseSource, 'whole'>): Plan {
  return async () => ({
    manifest: planRefit(source.manifest, { pca: { ...PCA, variance: null, components: 2 }, name: RUN_NAME }),
    frozen: copiedListing(source),
    reuse: { ...source, whole: true },
    dispose: async () => {},
  });
}

/** How an epoch names the run whose features it takes. */
function provenance({ manifest, store, whole }: ReuseSource): Reuse {
  return { location: store.describe(), runId: manifest.runId, identity: manifest.identity, whole };
}

async function submitTo(place: Place, children: FakeChildren, options: SubmitOptions): Promise<void> {
  const images = keyed(openLocalStorage(place.images));
  const store = keyed(openLocalStorage(place.run));
  const finish: FinishOptions = { ...FINISH, csv: true, maxBad: 1, ...options.finish };
  const { manifest, frozen, reuse, dispose } = await (options.plan ?? planListed())(place, images);
  let run: Run;
  try {
    if (await joins(store, manifest)) {
      const whole = await findDamage(store);
      if (whole !== undefined) return refuseDamage(store, whole);
    }
    await createRun(store, manifest, frozen);
    const cause = options.cause ?? 'run';
    const own = { cause, finish, reuse: reuse && provenance(reuse), by: WORKER, at: CLOCK.now() };
    const { epoch } = await openEpoch(store, own);
    await removeStaleTemporaries(store.describe());
    run = { manifest, store, images, epoch, reuse };
  } finally {
    await dispose();
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
