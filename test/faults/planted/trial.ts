import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { seededNumbers, VergerError } from '@verger/core';
import { readManifest } from '@verger/run';
import { stageContext } from '@verger/stages';
import { openLocalStorage } from '@verger/storage';
import { examine, faultsOf, testServices } from '@verger/testkit/examined';
import { fakeChildren } from '@verger/testkit/fake-children';
import { recomputeRows } from '@verger/verify';
import { auditRun } from '../audit/audit.ts';
import type { Plant } from './plant.ts';
import { linkedCopy, PlantedRun } from './planted-run.ts';

/** What each said of a planted fault: its findings, in words. */
export interface Verdicts {
  readonly auditor: readonly string[];
  readonly verify: readonly string[];
  /** `verify --recompute` of every image; asked only of what needs it. */
  readonly recompute: readonly string[];
}

/** What `verger verify` says of the run in a folder, without a process of its own. */
export async function verifyFaults(folder: string): Promise<string[]> {
  const store = openLocalStorage(folder);
  try {
    const manifest = await readManifest(store);
    if (manifest === undefined) return ['there is no run'];
    const children = fakeChildren({ fingerprint: manifest.fingerprint, wide: true });
    const run = { manifest, store, images: openLocalStorage(manifest.images) };
    const examination = await examine(run, children);
    const faults = faultsOf(examination);
    return examination.finished ? faults : ['the run is not finished', ...faults];
  } catch (error) {
    if (error instanceof VergerError) return [`${error.code}: ${error.message}`];
    throw error;
  }
}

/** What `verger verify --recompute` of every image adds to that, without a process of its own. */
export async function recomputeFaults(folder: string): Promise<string[]> {
  const store = openLocalStorage(folder);
  const manifest = await readManifest(store);
  if (manifest === undefined) return ['there is no run'];
  const children = fakeChildren({ fingerprint: manifest.fingerprint, wide: true });
  const run = { manifest, store, images: openLocalStorage(manifest.images) };
  const { parts } = await examine(run, children);
  const own = { run: { ...run, epoch: 0 }, signal: new AbortController().signal, emit: () => {} };
  const all = { count: manifest.listing.images, seed: 1 };
  const { findings } = await recomputeRows(stageContext(testServices(children), own), parts, all);
  return findings.filter(({ severity }) => severity === 'fault').map(({ file, what }) => `${file}: ${what}`);
}

/** Where trials are made, and what they share. */
export interface TrialPlace {
  /** The finished run. It is only read. */
  readonly base: string;
  readonly images: string;
  /** A folder for one copy at a time, on the same file system as the run. */
  readonly scratch: string;
  readonly known: Set<string>;
  /** Faults that `verify --recompute` of every image finds in a run folder. */
  readonly recompute: (folder: string) => Promise<readonly string[]>;
}

/** Plants one fault into a copy of the run, and asks both. The same seed plants the same. */
export async function tryPlant(
  place: TrialPlace,
  plant: Plant,
  seed: number,
  ask: { readonly verify: boolean } = { verify: true },
): Promise<Verdicts> {
  const copy = join(place.scratch, 'planted');
  await rm(copy, { recursive: true, force: true });
  await linkedCopy(place.base, copy);
  await plant.plant(await PlantedRun.open(copy), seededNumbers(seed));
  const { known, images } = place;
  const found = await auditRun(copy, { known, images });
  return {
    auditor: found.map(({ file, fault }) => `${file}: ${fault}`),
    verify: ask.verify ? await verifyFaults(copy) : [],
    recompute: plant.seenBy === 'recompute' ? await place.recompute(copy) : [],
  };
}
