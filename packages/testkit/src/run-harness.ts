import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  type Clock,
  type Epoch,
  type Executor,
  type ExtractionOptions,
  type FinishOptions,
  type LeftOut,
  type Logger,
  type Manifest,
  type PcaOptions,
  type ReuseSource,
  type Run,
  type RunEvent,
  type Storage,
  sha256,
  VergerError,
} from '@verger/core';
import { listImages, parseLabelRule, spoolListing } from '@verger/listing';
import {
  createRun,
  mergeFinish,
  openEpoch,
  planManifest,
  readEpoch,
  reopenFinish,
  spoolFiles,
} from '@verger/run';
import { createLocalExecutor } from '@verger/stages';
import { openLocalStorage } from '@verger/storage';
import { type FakeChildren, fakeChildren } from './fake-children.ts';
import { FINGERPRINT } from './rows.ts';

export const EXTRACTION: ExtractionOptions = {
  glob: ['*.jpg'],
  label: 'parent',
  limit: null,
  sample: null,
  seed: 0,
  partitions: null,
  partitionSize: null,
};
export const PCA: PcaOptions = {
  variance: 0.75,
  components: null,
  standardise: false,
  sparkCompatible: false,
};
export const FINISH: FinishOptions = { csv: false, withImages: false, csvRaw: false, maxBad: 0.05 };
export const WORKER = { host: 'test', pid: 1, name: 'test' };

const quiet = () => {};
export const SILENT: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
export const CLOCK: Clock = { monotonicMs: () => performance.now(), now: () => new Date().toISOString() };

/** Image path to content. What an image gives is decided by its content: see `fakeChildren`. */
export type Files = Readonly<Record<string, string>>;

/** That many good images with two labels, in listing order `a/00.jpg`, `a/01.jpg`, …, `b/…`. */
export function goodImages(count: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => {
    const label = index < count / 2 ? 'a' : 'b';
    return `${label}/${String(index).padStart(2, '0')}.jpg`;
  });
  return Object.fromEntries(names.map((name) => [name, `image ${name}`]));
}

/** A temporary folder, removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'verger-pipeline-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

export interface PlanOptions {
  /** Default: `images` in the folder of the run. */
  readonly imagesFolder?: string;
  readonly extraction?: Partial<ExtractionOptions>;
  readonly pca?: Partial<PcaOptions>;
  readonly fingerprint?: Manifest['fingerprint'];
  readonly name?: string;
  /** The bytes of a PCA model that is given (transform), and the run that fitted it. */
  readonly given?: { readonly bytes: Uint8Array; readonly runId: string };
}

/**
 * Lists a folder of images and plans the run; the spool is in `spoolFolder`, for the caller to dispose of.
 */
async function planInto(spoolFolder: string, folder: string, options: PlanOptions) {
  const extraction = { ...EXTRACTION, ...options.extraction };
  const images = openLocalStorage(folder, { follow: extraction.followLinks === true });
  const pca = { ...PCA, ...options.pca };
  const { labeler } = await parseLabelRule(extraction.label, (file) => readFile(file, 'utf8'));
  const spool = await spoolListing(listImages(images, extraction, labeler), spoolFolder);
  const { given } = options;
  const model = given === undefined ? undefined : { sha256: sha256(given.bytes), runId: given.runId };
  const plan = {
    ...{ images: images.describe(), extraction, pca, model, name: options.name ?? null },
    fingerprint: options.fingerprint ?? FINGERPRINT,
  };
  return { manifest: await planManifest(plan, spool), spool, images };
}

/** Lists a folder of images and plans the run; the spool is closed after the test. */
export async function planFolder(t: TestContext, folder: string, options: PlanOptions = {}) {
  const planned = await planInto(await temporaryFolder(t), folder, options);
  t.after(() => planned.spool.dispose());
  return planned;
}

/** How one epoch of a run ended. */
export interface Ending {
  readonly events: readonly RunEvent[];
  /** What `watch` threw; undefined when the run is done. */
  readonly error: VergerError | undefined;
  readonly verdict: 'ok' | 'too-many-bad' | undefined;
  readonly children: FakeChildren;
  /** The waits between attempts that were asked for. */
  readonly pausesMs: readonly number[];
}

export interface EpochOptions {
  /** One that was opened already. */
  readonly epoch?: number;
  readonly finish?: Partial<FinishOptions>;
  readonly cause?: Epoch['cause'];
  readonly strict?: true;
  readonly leftOut?: LeftOut;
  readonly children?: FakeChildren;
  /** In place of the run's own: to spoil calls. */
  readonly store?: Storage;
  readonly images?: Storage;
  readonly reuse?: ReuseSource;
  /** Each event, when it is watched. */
  readonly seen?: (event: RunEvent, executor: Executor, run: Run) => void;
  readonly cancelPollMs?: number;
}

/** A run in a temporary folder. */
export interface TestRun {
  readonly manifest: Manifest;
  readonly store: Storage;
  readonly images: Storage;
  /** The folders of the run and of its images. */
  readonly folder: string;
  readonly imagesFolder: string;
  /** Opens an epoch as `verger run` does, runs it on an executor of its own, and watches it to its end. */
  execute(options?: EpochOptions): Promise<Ending>;
}

/** Writes the images, plans the run and creates it, all below `folder`. */
export async function createTestRun(folder: string, files: Files, options: PlanOptions = {}) {
  const { imagesFolder = join(folder, 'images') } = options;
  await writeFiles(imagesFolder, files);
  const { manifest, spool, images } = await planInto(join(folder, 'spool'), imagesFolder, options);
  const runFolder = join(folder, 'runs', manifest.runId);
  const store = openLocalStorage(runFolder);
  try {
    await createRun(store, manifest, spoolFiles(manifest, spool, { model: options.given?.bytes }));
  } finally {
    await spool.dispose();
  }
  return { manifest, store, images, folder: runFolder, imagesFolder };
}

/** A run in a temporary folder, removed after the test. */
export async function testRun(t: TestContext, files: Files, options: PlanOptions = {}): Promise<TestRun> {
  return await runIn(await temporaryFolder(t), files, options);
}

/** A run below a folder that may hold images and runs already; removed with it. */
export async function runIn(folder: string, files: Files, options: PlanOptions = {}): Promise<TestRun> {
  const own = await createTestRun(folder, files, options);
  return { ...own, execute: (epoch) => executeEpoch(own, epoch) };
}

/** Opens the next epoch, and forgets what finish made when it is asked for something else now. */
export async function openTestEpoch(store: Storage, options: EpochOptions = {}): Promise<number> {
  const earlier = (await readEpoch(store))?.finish;
  const finish = mergeFinish(earlier, { ...FINISH, ...options.finish });
  const cause = options.cause ?? 'run';
  const { strict, leftOut } = options;
  const { epoch } = await openEpoch(store, { cause, finish, strict, leftOut, by: WORKER, at: CLOCK.now() });
  if (earlier !== undefined && JSON.stringify(earlier) !== JSON.stringify(finish)) await reopenFinish(store);
  return epoch;
}

/** Runs an epoch (a new one, unless `options.epoch` is open) on an executor of its own, to its end. */
export async function executeEpoch(
  own: Pick<Run, 'manifest' | 'store' | 'images'>,
  options: EpochOptions = {},
): Promise<Ending> {
  const { manifest } = own;
  const store = options.store ?? own.store;
  const epoch = options.epoch ?? (await openTestEpoch(own.store, options));
  const run: Run = { manifest, store, images: options.images ?? own.images, epoch, reuse: options.reuse };
  const children = options.children ?? fakeChildren();
  const pausesMs: number[] = [];
  const executor = testExecutor(children, pausesMs, options.cancelPollMs);
  await executor.submit(run);
  const events: RunEvent[] = [];
  let error: VergerError | undefined;
  try {
    for await (const event of executor.watch(run)) {
      events.push(event);
      options.seen?.(event, executor, run);
    }
  } catch (thrown) {
    if (!(thrown instanceof VergerError)) throw thrown;
    error = thrown;
  }
  await executor.close();
  const end = events.at(-1);
  const verdict = end?.type === 'run:done' ? end.verdict : undefined;
  return { events, error, verdict, children, pausesMs };
}

/** A local executor that does not wait between attempts, but says how long it would have. */
export function testExecutor(children: FakeChildren, pausesMs: number[] = [], cancelPollMs = 5000): Executor {
  const pause = async (ms: number, signal: AbortSignal) => {
    pausesMs.push(ms);
    signal.throwIfAborted();
  };
  return createLocalExecutor({ children, worker: WORKER, clock: CLOCK, logger: SILENT, pause, cancelPollMs });
}

/** Every file of a storage with its sha256. */
export async function hashesOf(store: Storage, prefix = ''): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for await (const { key } of store.list({ prefix })) {
    const result = await store.read(key);
    if (result.status === 'read') hashes[key] = sha256(result.bytes);
  }
  return hashes;
}

const PROMISED = /^(features|sums|pca|projection)\/|^(quarantine\.jsonl|result\.csv)$/;

/** The promised files (docs/architecture.md, A run at rest), with their sha256. */
export async function promisedHashes(store: Storage): Promise<Record<string, string>> {
  const all = Object.entries(await hashesOf(store));
  return Object.fromEntries(all.filter(([key]) => PROMISED.test(key)));
}

export async function keysOf(store: Storage, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list({ prefix })) keys.push(key);
  return keys;
}

export async function bytesOf(store: Storage, key: string): Promise<Uint8Array> {
  const result = await store.read(key);
  if (result.status !== 'read') throw new Error(`${key}: ${result.status}`);
  return result.bytes;
}

export async function jsonOf<T>(store: Storage, key: string): Promise<T> {
  return JSON.parse(Buffer.from(await bytesOf(store, key)).toString('utf8')) as T;
}
