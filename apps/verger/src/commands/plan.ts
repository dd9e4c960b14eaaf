import {
  DEADLINE_WORDS,
  type Manifest,
  readDeadline,
  runState,
  type Storage,
  VergerError,
} from '@verger/core';
import {
  checkPlaces,
  type Driver,
  type DriverEvent,
  findRun,
  type Network,
  openImages,
  planRun,
  type RunOptions,
  startChildren,
  startRunNetwork,
  stateWords,
  tellUnfinishedRuns,
  UNTRAINED,
} from '@verger/driver';
import { joins, readEpoch, readStatus, readSuccess } from '@verger/run';
import { systemClock } from '@verger/runtime';
import { type Measured, measureExtract } from '@verger/stages';
import { freeBytes, joinLocation } from '@verger/storage';
import { type Command, type CommandInput, show } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { readConfig } from '../cli/read-config.ts';
import { type Survey, surveyListing } from '../plan/listing-survey.ts';
import { estimateRun } from '../plan/plan-estimate.ts';
import { DEFAULT_INSTANCE, type FleetRequest, planFleet } from '../plan/plan-fleet.ts';
import type { Planned } from '../plan/planned.ts';
import { readPrices } from '../plan/read-prices.ts';
import { labelLines } from '../print/listing-lines.ts';
import { planText } from '../print/plan-text.ts';

/** The number of images that are measured: about as many seconds on one slow core. */
const SAMPLE_IMAGES = 64;
const WARM_UP_IMAGES = 8;
const SAMPLE_SEED = 1;
const SHOWN_LABELS = 10;

/**
 * `verger plan IMAGES --output DIR`: what `run` would do, with a measured estimate of its cost. Writes
 * nothing.
 */
export const plan: Command = async (input) => {
  // Here it asks for no workers, so it needs no queue.
  const options = await readConfig(input, { required: ['output'], flags: { deadline: undefined } });
  const fleet = await readFleet(input);
  const { value: planned } = await drive(input, (driver) => planImages(input, { ...options, fleet }, driver));
  show(input, planned, () => planText(planned));
  return 0;
};

async function planImages(
  { args, flags, storages }: CommandInput,
  options: RunOptions & { readonly fleet: AskedFleet | null },
  shown: Driver,
): Promise<Planned> {
  const { extraction, operational, finish } = options;
  const survey = surveyListing({ size: SAMPLE_IMAGES + WARM_UP_IMAGES, seed: SAMPLE_SEED });
  const emit = (event: DriverEvent) => {
    if (event.type === 'listing:image') survey.see(event.image, event);
    // The plan itself says what was listed.
    else if (event.type !== 'listing:done') shown.emit(event);
  };
  const driver = { ...shown, emit };
  const source = openImages(driver, { images: args[0] ?? '', extraction });
  await checkPlaces(source, operational.output, driver.signal);
  const { making, idKnown } = await networkOf(driver, options, source);
  const planned = await planRun(driver, source, { options, networkFor: making.networkFor }).finally(() =>
    making.close(),
  );
  const network = await making.network;
  const { manifest, spool, leftOut, archived } = planned;
  await spool.dispose();
  const runs = storages.open(operational.output).describe();
  const runId = idKnown ? manifest.runId : null;
  const output = runId === null ? runs : joinLocation(runs, runId);
  const found = idKnown ? await stateOf(storages.open(output), manifest) : null;
  if (idKnown && found === null) await tellUnfinishedRuns(driver, operational.output, manifest);
  const { processes } = operational;
  const wanted = flags['measure'] !== false && survey.sample().length > 0;
  const measured = wanted ? await measure(driver, { options, network, manifest, source, survey }) : null;
  const textBytes = survey.textBytes();
  return {
    ...{ runId, images: source.describe(), output, found },
    listed: manifest.listing.images,
    bytes: manifest.listing.bytes,
    refused: Object.fromEntries(survey.refused),
    leftOut,
    notes: labelLines(spool, manifest),
    archived,
    labels: labelCounts(survey),
    partitions: partitionCounts(manifest),
    ...{ processes, measured },
    estimate: measured === null ? null : estimateRun(manifest, measured, { finish, processes, textBytes }),
    freeBytes: await freeBytes(output),
    fleet: options.fleet === null ? null : planFleet(manifest, { ...options.fleet, measured }),
  };
}

/** A fleet that is asked for, before the images are known. */
type AskedFleet = Omit<FleetRequest, 'measured'>;

/** The fleet of --instance, --deadline and --prices; null when none is asked for. Errors: E_CONFIG, E_USAGE. */
async function readFleet({ flags }: CommandInput): Promise<AskedFleet | null> {
  const text = (name: string) => (typeof flags[name] === 'string' ? flags[name] : undefined);
  const [instance, deadline, file] = ['instance', 'deadline', 'prices'].map(text);
  if (instance === undefined && deadline === undefined && file === undefined) return null;
  const nowMs = Date.parse(systemClock.now());
  const deadlineMs = deadline === undefined ? null : readDeadline(deadline, nowMs);
  if (deadlineMs === undefined) {
    const detail = `It must be ${DEADLINE_WORDS}.`;
    throw new VergerError('E_USAGE', { option: '--deadline' }, { detail });
  }
  const prices = await readPrices(file);
  const maxVcpus = typeof flags['maxVcpus'] === 'number' ? flags['maxVcpus'] : undefined;
  return { instance: instance ?? DEFAULT_INSTANCE, deadlineMs, nowMs, prices, maxVcpus };
}

/**
 * The network that `run` would have. Nothing is downloaded: without any weights, seeded ones measure the time
 * as well.
 */
async function networkOf(driver: Driver, { extraction, operational }: RunOptions, images: Storage) {
  const reusable = operational.reuse === null ? undefined : await findRun(driver.storages, operational.reuse);
  const request = { images, extraction, operational, reusable };
  const making = await startRunNetwork(driver, { ...request, otherwise: 'refuse' });
  try {
    await making.found;
    return { making, idKnown: true };
  } catch (error) {
    await making.close();
    if (!(error instanceof VergerError) || error.code !== 'E_WEIGHTS_MISSING') throw error;
    // Weights that were named but do not exist would fail `run`, too.
    if (operational.weights !== null) throw error;
    const text = 'there are no weights yet; `run` will download them (or pass --weights FILE)';
    driver.emit({ type: 'run:notice', text });
    const untrained = { ...operational, weights: UNTRAINED, customWeights: false };
    const other = { ...request, operational: untrained, reusable: undefined };
    return { making: await startRunNetwork(driver, { ...other, otherwise: 'untrained' }), idKnown: false };
  }
}

/** The state of an existing run where it would be written; null if there is none. Errors: E_RUN_CONFLICT. */
async function stateOf(store: Storage, manifest: Manifest): Promise<string | null> {
  if (!(await joins(store, manifest))) return null;
  const verdict = (await readSuccess(store))?.verdict ?? null;
  const { facts } = await readStatus(store, manifest);
  return stateWords(runState(facts), { epoch: await readEpoch(store), verdict });
}

async function measure(
  driver: Driver,
  on: { options: RunOptions; network: Network; manifest: Manifest; source: Storage; survey: Survey },
): Promise<Measured> {
  const { options, network, manifest, source, survey } = on;
  const { signal } = driver;
  const local = startChildren(driver, options.operational, network);
  const end = () => void local.close();
  signal.addEventListener('abort', end);
  try {
    await local.ready();
    const all = survey.sample();
    // A small folder has no images to spare for the warm-up: then some are used twice.
    const every = SAMPLE_IMAGES / WARM_UP_IMAGES + 1;
    const warmUp = all.filter((_, index) => index % every === 0);
    const sample = all.length > SAMPLE_IMAGES ? all.filter((_, index) => index % every !== 0) : all;
    const run = { manifest, store: source, images: source, epoch: 0 };
    return await measureExtract(local.services, { run, signal }, { sample, warmUp });
  } finally {
    signal.removeEventListener('abort', end);
    await local.close();
  }
}

function labelCounts({ labels }: Survey): Planned['labels'] {
  const sorted = [...labels]
    .map(([label, count]) => ({ label, count }))
    .sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1));
  if (sorted.length <= SHOWN_LABELS) return { count: sorted.length, largest: sorted, smallest: [] };
  const smallest = sorted.slice(-SHOWN_LABELS / 2).reverse();
  return { count: sorted.length, largest: sorted.slice(0, SHOWN_LABELS / 2), smallest };
}

function partitionCounts({ partitions }: Manifest): Planned['partitions'] {
  let smallest = Number.POSITIVE_INFINITY;
  let largest = 0;
  for (const { images } of partitions) {
    smallest = Math.min(smallest, images);
    largest = Math.max(largest, images);
  }
  return { count: partitions.length, smallest, largest };
}
