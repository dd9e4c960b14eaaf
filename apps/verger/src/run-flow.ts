import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import {
  type FinishOptions,
  type GivenModel,
  type ImageRef,
  type LeftOut,
  type Manifest,
  type OperationalOptions,
  type ReuseSource,
  type Storage,
  type StoredEntry,
  VergerError,
} from '@verger/core';
import { countLeftOut, type ListingSpool, listImages, parseLabelRule, spoolListing } from '@verger/listing';
import {
  createRun,
  type FrozenFiles,
  joins,
  manifestDifferences,
  mergeFinish,
  planManifest,
  readEpoch,
  readManifest,
  readSuccess,
  spoolFiles,
} from '@verger/run';
import type { ResolvedConfig } from '@verger/runtime';
import { isInside, joinLocation, probeConditionalWrites } from '@verger/storage';
import type { CommandInput } from './cli/command.ts';
import {
  checkFinished,
  type DetachedRun,
  executeRun,
  joinedEpoch,
  type RunOutcome,
  submitRun,
} from './execute.ts';
import { type FoundRun, listRuns } from './find-run.ts';
import type { Network } from './find-weights.ts';
import { openImages } from './open-images.ts';
import { checkClusterFlags, isDetached, openSite, type RunSite } from './open-site.ts';
import { noteListing, type PlannedListing } from './print/listing-lines.ts';
import { checkReuse } from './reuse.ts';
import { resumeCommand } from './run-activity.ts';

/** What `run`, `demo` and `transform` ask for. */
export interface RunRequest {
  readonly config: ResolvedConfig;
  /** Finds the weights. */
  readonly network: () => Promise<Network>;
  /** The run that --reuse names. */
  readonly reuse?: FoundRun | undefined;
  /** Of a transform: the model, and its bytes. */
  readonly given?: { readonly model: GivenModel; readonly bytes: Uint8Array } | undefined;
}

/** The whole of `verger run`: weights, listing, plan, submit, watch. Children start while weights are read and the folder is listed. */
export async function runImages(
  input: CommandInput,
  images: string,
  request: RunRequest,
): Promise<RunOutcome | DetachedRun> {
  const { config, given } = request;
  const { operational } = config;
  const source = openImages(input, { images, extraction: config.extraction });
  checkClusterFlags(input, operational.redis ?? undefined); // a wrong flag is told before anything is listed
  await checkPlaces(source, operational.output, input.signal);
  const init = request.network();
  const site = await openSite(input, operational, init);
  try {
    const network = await init;
    const where = { fingerprint: network.fingerprint, images: source.describe() };
    const reuse = checkReuse(request.reuse, where, input);
    const planned = await planRun(input, source, { config, network, model: given?.model });
    try {
      const { manifest, spool, leftOut } = planned;
      noteListing(input, planned);
      const frozen = spoolFiles(manifest, spool, given?.bytes);
      const run = { config, manifest, images: source, site, frozen, reuse, leftOut };
      return { ...(await submitPlanned(input, run)), leftOut };
    } finally {
      await planned.spool.dispose();
    }
  } finally {
    await site.close();
  }
}

/** A run that is planned, and not yet there. */
export interface PlannedRun {
  readonly config: ResolvedConfig;
  readonly manifest: Manifest;
  readonly images: Storage;
  readonly site: RunSite;
  readonly frozen: FrozenFiles;
  readonly reuse: ReuseSource | undefined;
  /** What the listing did not take; undefined where nothing was listed. */
  readonly leftOut?: LeftOut | undefined;
}

/** Creates a planned run, or joins the one of that id, and takes it to its end; one that is finished is verified and told of. */
export async function submitPlanned(
  input: CommandInput,
  planned: PlannedRun,
): Promise<RunOutcome | DetachedRun> {
  const { config, manifest, images, site, frozen, reuse, leftOut } = planned;
  const store = input.storages.open(joinLocation(config.operational.output, manifest.runId));
  const joined = await joins(store, manifest);
  const finish = joined ? await finishOf(store, config) : config.finish;
  const checked = joined ? await checkFinished(store, manifest, finish) : { remake: [] };
  if ('already' in checked) return checked;
  await noteUnfinishedRuns(input, config.operational, manifest);
  const executor = await site.ready();
  await probeConditionalWrites(input.storages.open(config.operational.output));
  await createRun(store, manifest, frozen);
  const { remake } = checked;
  // A run has nothing to take from itself.
  const other = reuse?.store.describe() === store.describe() ? undefined : reuse;
  const { queue } = site;
  const execution = {
    store,
    images,
    manifest,
    executor,
    cause: 'run',
    finish,
    remake,
    reuse: other,
    leftOut,
    queue,
    epoch: await joinedEpoch(input, { store, manifest, finish, remake }, site),
  } as const;
  return await (isDetached(input, queue) ? submitRun : executeRun)(input, execution);
}

/** What finish is to make: as written, and as asked before where nothing is written. */
export async function finishOf(store: Storage, { finish, given }: ResolvedConfig): Promise<FinishOptions> {
  const csv = (['csv', 'withImages', 'csvRaw', 'csvBom'] as const).some((name) => given.has(name));
  return mergeFinish((await readEpoch(store))?.finish, finish, { csv, maxBad: given.has('maxBad') });
}

/** The listing in a file without a name in the system's temporary folder. */
export async function spoolTemporarily(refs: AsyncIterable<ImageRef>): Promise<ListingSpool> {
  try {
    return await spoolListing(refs, tmpdir());
  } catch (error) {
    if (error instanceof VergerError || !(error instanceof Error && 'syscall' in error)) throw error;
    const detail = `The listing needs a temporary file: ${error.message}.`;
    throw new VergerError('E_TEMPORARY_FOLDER', { location: tmpdir() }, { detail });
  }
}

/**
 * The images folder must be there; the output must not lie in it. Errors: E_INPUT_MISSING,
 * E_OUTPUT_INSIDE_IMAGES; the signal's reason.
 */
export async function checkPlaces(source: Storage, output: string, signal: AbortSignal): Promise<void> {
  for await (const _ of source.list({ shallow: true, signal })) break;
  await checkOutput(source, output);
}

/** Before any work: a file in the output's place is told of now. Errors: E_OUTPUT_INSIDE_IMAGES, E_OUTPUT_NOT_WRITABLE. */
export async function checkOutput(source: Storage, output: string): Promise<void> {
  await checkIsNoFile(output);
  if (await isInside(output, source.describe())) {
    throw new VergerError('E_OUTPUT_INSIDE_IMAGES', { option: '--output', location: output });
  }
}

async function checkIsNoFile(output: string): Promise<void> {
  if (output.includes('://')) return;
  const location = resolve(output);
  try {
    if ((await stat(location)).isDirectory()) return;
  } catch (error) {
    // It is made when the first file is written, which has its own words for what else may be wrong.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTDIR')) return;
  }
  const detail = 'A file stands in its place, or in that of a folder above it.';
  throw new VergerError('E_OUTPUT_NOT_WRITABLE', { option: '--output', location }, { detail });
}

/** Lists the images into a temporary file and cuts them into a manifest. Whoever takes the spool disposes of it. */
export async function planRun(
  input: CommandInput,
  source: Storage,
  {
    config,
    network,
    model,
    seen = () => {},
  }: {
    config: ResolvedConfig;
    network: Pick<Network, 'fingerprint'>;
    model?: GivenModel | undefined;
    seen?: (image: ImageRef, of: { archived: boolean }) => void;
  },
): Promise<PlannedListing> {
  const { labeler, rule } = await parseLabelRule(config.extraction.label, (file) => readFile(file, 'utf8'));
  const { sample, seed } = config.extraction;
  const { followLinks, ...others } = config.extraction;
  if (followLinks === true && source.followsLinks !== true)
    input.out.note('note: --follow-links changes nothing here: a bucket has no links');
  // A seed that nothing is drawn with must not make another run; nor must links be followed in a bucket, which has none.
  const extraction = {
    ...(source.followsLinks === true ? config.extraction : others),
    ...{ label: rule, seed: sample === null ? 1 : seed },
  };
  const counter = countLeftOut();
  let archived = 0;
  let isArchived = false;
  const taken = (entry: StoredEntry) => {
    isArchived = entry.archived === true;
    if (isArchived) archived += 1;
  };
  const images = listImages(source, extraction, labeler, { leftOut: counter, taken, signal: input.signal });
  const see = (image: ImageRef) => seen(image, { archived: isArchived });
  const spool = await spoolTemporarily(watched(images, { seen: see, signal: input.signal }));
  try {
    const { pca, operational } = config;
    const { fingerprint } = network;
    const { name } = operational;
    const leftOut = counter.counts();
    const plan = { images: source.describe(), extraction, pca, model, fingerprint, name, leftOut };
    const manifest = await planManifest(plan, spool);
    return { manifest, spool, leftOut, archived };
  } catch (error) {
    await spool.dispose();
    throw error;
  }
}

/** What differs, for a person: hashes only when nothing else does. */
function differences(there: Manifest, now: Manifest): string[] {
  const all = manifestDifferences(there, now);
  const telling = all.filter((line) => !/^(partitions|[a-z]+\.sha256)/.test(line));
  return telling.length > 0 ? telling : all;
}

async function* watched<T>(
  items: AsyncIterable<T>,
  { seen, signal }: { seen: (item: T) => void; signal: AbortSignal },
): AsyncGenerator<T> {
  for await (const item of items) {
    signal.throwIfAborted();
    seen(item);
    yield item;
  }
}

/** Says so when the output holds an unfinished run of the same images with another listing or other options. */
export async function noteUnfinishedRuns(
  input: CommandInput,
  { output }: OperationalOptions,
  manifest: Manifest,
): Promise<void> {
  for (const id of await listRuns(input.storages, output, input.signal)) {
    if (id === manifest.runId) continue;
    const location = joinLocation(output, id);
    const store = input.storages.open(location);
    const other = await readManifest(store).catch(() => undefined);
    if (other === undefined || other.images !== manifest.images) continue;
    if ((await readSuccess(store).catch(() => undefined)) !== undefined) continue;
    const lines = differences(other, manifest);
    const how =
      lines.length === 0
        ? 'with the same options'
        : `it differs (there -> now) in\n    ${lines.join('\n    ')}`;
    input.out.note(
      `note: ${id} in this output is an unfinished run of the same images; ${how}\n` +
        `  To finish that one as it was planned: ${resumeCommand(location, await readEpoch(store).catch(() => undefined), input.flags)}`,
    );
  }
}
