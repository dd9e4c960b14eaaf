import { asVergerError, canonicalJson, type Manifest, runState, type Storage } from '@verger/core';
import { hasManifest, listRuns, stateWords } from '@verger/driver/runs';
import { readEpoch, readManifest, readStatus, readSuccess } from '@verger/run';
import { joinLocation, type Storages } from '@verger/storage';

/** One run of an output folder, as `verger list` shows it. */
export interface ListedRun {
  readonly id: string;
  readonly location: string;
  /** `damaged` if a record of the run cannot be read; `fault` says why. */
  readonly state: string;
  readonly fault: string | null;
  readonly images: number | null;
  readonly extracted: number | null;
  readonly k: number | null;
  /** When it was first submitted, ISO 8601 in UTC. */
  readonly created: string | null;
  /** This run's values of the options in which the runs differ. */
  readonly options: Readonly<Record<string, unknown>>;
}

interface ReadRun extends Omit<ListedRun, 'options'> {
  readonly manifest: Manifest | undefined;
}

/**
 * The runs of an output folder (or the run that it is), oldest first. A damaged run is listed as such, not
 * thrown. Cost: a few small reads per finished run, one per partition for others.
 */
export async function readRuns(storages: Storages, output: string): Promise<ListedRun[]> {
  const own = storages.open(output);
  const places = (await hasManifest(own))
    ? [own.describe()]
    : (await listRuns(storages, output)).map((id) => joinLocation(own.describe(), id));
  const runs: ReadRun[] = [];
  for (const location of places) runs.push(await readRun(storages.open(location)));
  runs.sort((a, b) => compare(a.created ?? '', b.created ?? '') || compare(a.id, b.id));
  const differing = differingOptions(
    runs.flatMap(({ manifest }) => (manifest === undefined ? [] : [manifest])),
  );
  return runs.map(({ manifest, ...run }) => {
    const all = manifest === undefined ? {} : optionsOf(manifest);
    const options = Object.entries(all).filter(([name]) => differing.has(name));
    return { ...run, options: Object.fromEntries(options) };
  });
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

async function readRun(store: Storage): Promise<ReadRun> {
  const location = store.describe();
  const id = location.slice(location.lastIndexOf('/') + 1);
  const nothing = { images: null, extracted: null, k: null, created: null, manifest: undefined };
  let known: Omit<ReadRun, 'state' | 'fault'> = { id, location, ...nothing };
  try {
    const manifest = await readManifest(store);
    if (manifest !== undefined) known = { ...known, manifest, images: manifest.listing.images };
    const first = await readEpoch(store, 1);
    known = { ...known, created: first?.at ?? null };
    if (manifest === undefined) return { ...known, state: 'damaged', fault: 'Its manifest is missing.' };
    return { ...known, ...(await readEnd(store, manifest)), fault: null };
  } catch (thrown) {
    const { code, message } = asVergerError(thrown);
    return { ...known, state: 'damaged', fault: `${code}: ${message}` };
  }
}

/** The state of a run: from `_SUCCESS` if it is finished, else from its commits. */
async function readEnd(store: Storage, manifest: Manifest) {
  const epoch = await readEpoch(store);
  const success = await readSuccess(store);
  if (success !== undefined) {
    const { extracted, k, verdict } = success;
    return { state: stateWords('done', { epoch, verdict }), extracted, k };
  }
  const { facts, extracted } = await readStatus(store, manifest);
  return { state: stateWords(runState(facts), { epoch, verdict: null }), extracted, k: null };
}

function optionsOf(manifest: Manifest): Record<string, unknown> {
  const { images, extraction, pca, fingerprint } = manifest;
  const { weightsKind, weightsSha256, precision, calibrationSha256 } = fingerprint;
  const weights = weightsKind === 'custom' ? `custom ${weightsSha256.slice(0, 8)}` : weightsKind;
  // A run with float32 has no calibration.
  const own = precision === undefined ? {} : { calibration: calibrationSha256?.slice(0, 8) };
  return { images, ...extraction, ...pca, weights, precision: precision ?? 'float32', ...own };
}

function differingOptions(manifests: readonly Manifest[]): Set<string> {
  const all = manifests.map(optionsOf);
  const seen = new Map<string, Set<string>>();
  for (const name of new Set(all.flatMap((options) => Object.keys(options)))) {
    seen.set(name, new Set(all.map((options) => canonicalJson({ value: options[name] ?? null }))));
  }
  return new Set([...seen].filter(([, values]) => values.size > 1).map(([name]) => name));
}
