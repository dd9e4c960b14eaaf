import { type Manifest, runState, type Storage, VergerError } from '@verger/core';
import { joins, readEpoch, readStatus, readSuccess } from '@verger/run';
import { type ResolvedConfig, readConfigFile, resolveConfig } from '@verger/runtime';
import { type Measured, measureExtract } from '@verger/stages';
import { freeBytes, joinLocation } from '@verger/storage';
import type { Command, CommandInput } from '../cli/command.ts';
import { type Network, prepareWeights } from '../find-weights.ts';
import { startLocal } from '../local.ts';
import { openImages } from '../open-images.ts';
import { type Survey, surveyListing } from '../plan/listing-survey.ts';
import { estimateRun } from '../plan/plan-estimate.ts';
import type { Planned } from '../plan/planned.ts';
import { labelLines } from '../print/listing-lines.ts';
import { planText } from '../print/plan-text.ts';
import { stateWords } from '../run-activity.ts';
import { checkPlaces, noteUnfinishedRuns, planRun } from '../run-flow.ts';

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
  const { args, flags, env, cwd, json, out } = input;
  const images = args[0] ?? '';
  const file = await readConfigFile(cwd);
  const config = resolveConfig({ flags, env, file, required: ['output'] });
  for (const warning of config.warnings) out.note(`warning: ${warning}`);
  const source = openImages(input, { images, extraction: config.extraction });
  await checkPlaces(source, config.operational.output, input.signal);
  const { network, idKnown } = await networkOf(input, config);
  const survey = surveyListing({ size: SAMPLE_IMAGES + WARM_UP_IMAGES, seed: SAMPLE_SEED });
  const listed = await planRun(input, source, { config, network, seen: survey.see });
  const { manifest, spool, leftOut, archived } = listed;
  await spool.dispose();
  const runs = input.storages.open(config.operational.output).describe();
  const runId = idKnown ? manifest.runId : null;
  const output = runId === null ? runs : joinLocation(runs, runId);
  const found = idKnown ? await stateOf(input.storages.open(output), manifest) : null;
  if (idKnown && found === null) await noteUnfinishedRuns(input, config.operational, manifest);
  const { processes } = config.operational;
  const wanted = flags['measure'] !== false && survey.sample().length > 0;
  const measured = wanted ? await measure(input, { config, network, manifest, source, survey }) : null;
  const { finish } = config;
  const textBytes = survey.textBytes();
  const planned: Planned = {
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
  };
  out.print(json ? JSON.stringify(planned, null, 1) : planText(planned));
  return 0;
};

/** The weights that `run` would use. Nothing is downloaded: seeded weights give the same timing. */
async function networkOf(input: CommandInput, { operational }: ResolvedConfig) {
  try {
    return { network: await prepareWeights({ ...operational, otherwise: 'refuse' }, input), idKnown: true };
  } catch (error) {
    if (!(error instanceof VergerError) || error.code !== 'E_WEIGHTS_MISSING') throw error;
    // Weights that were named but do not exist would fail `run`, too.
    if (operational.weights !== null) throw error;
    input.out.note('note: there are no weights yet; `run` will download them (or pass --weights FILE)');
    const weights = { weights: 'untrained', customWeights: false, cacheDir: operational.cacheDir };
    return { network: await prepareWeights({ ...weights, otherwise: 'untrained' }, input), idKnown: false };
  }
}

/** The state of an existing run where it would be written; null if there is none. Errors: E_RUN_CONFLICT. */
async function stateOf(store: Storage, manifest: Manifest): Promise<string | null> {
  if (!(await joins(store, manifest))) return null;
  const verdict = (await readSuccess(store))?.verdict ?? null;
  const { markers } = await readStatus(store, manifest);
  return stateWords(runState(markers), { epoch: await readEpoch(store), verdict });
}

async function measure(
  input: CommandInput,
  on: { config: ResolvedConfig; network: Network; manifest: Manifest; source: Storage; survey: Survey },
): Promise<Measured> {
  const { config, network, manifest, source, survey } = on;
  const local = startLocal({ ...config.operational, init: network, logger: input.logger });
  const end = () => void local.close();
  input.signal.addEventListener('abort', end);
  try {
    await local.ready();
    const all = survey.sample();
    // A small folder has no images to spare for the warm-up: then some are used twice.
    const every = SAMPLE_IMAGES / WARM_UP_IMAGES + 1;
    const warmUp = all.filter((_, index) => index % every === 0);
    const sample = all.length > SAMPLE_IMAGES ? all.filter((_, index) => index % every !== 0) : all;
    const run = { manifest, store: source, images: source, epoch: 0 };
    return await measureExtract(local.services, { run, signal: input.signal }, { sample, warmUp });
  } finally {
    input.signal.removeEventListener('abort', end);
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
