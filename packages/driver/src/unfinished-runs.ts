import type { Manifest } from '@verger/core';
import { manifestDifferences, readEpoch, readManifest, readSuccess } from '@verger/run';
import { joinLocation } from '@verger/storage';
import type { Driver } from './driver.ts';
import { listRuns } from './find-run.ts';

/** Emits `run:unfinished` for each run of the output that is of the same images and not finished. */
export async function tellUnfinishedRuns(driver: Driver, output: string, manifest: Manifest): Promise<void> {
  for (const runId of await listRuns(driver.storages, output, driver.signal)) {
    if (runId === manifest.runId) continue;
    const location = joinLocation(output, runId);
    const store = driver.storages.open(location);
    const other = await readManifest(store).catch(() => undefined);
    if (other === undefined || other.images !== manifest.images) continue;
    if ((await readSuccess(store).catch(() => undefined)) !== undefined) continue;
    const epoch = await readEpoch(store).catch(() => undefined);
    const differences = differencesOf(other, manifest);
    driver.emit({ type: 'run:unfinished', runId, location, epoch, differences });
  }
}

/** What differs, for a person: hashes only when nothing else does. Pure. */
export function differencesOf(there: Manifest, now: Manifest): string[] {
  const all = manifestDifferences(there, now);
  // Where the precision differs, only one of the two has a calibration.
  const isOtherPrecision = there.fingerprint.precision !== now.fingerprint.precision;
  const own = all.filter((line) => !(isOtherPrecision && line.startsWith('fingerprint.calibrationSha256:')));
  const telling = own.filter((line) => !/^(partitions|[a-z]+\.sha256)/.test(line));
  return (telling.length > 0 ? telling : own).map(asOption);
}

/** `fingerprint.precision: null -> "int8"` as the option that it is: float32 is not written in a manifest. */
function asOption(line: string): string {
  const [field, values] = line.split(': ');
  if (field !== 'fingerprint.precision' || values === undefined) return line;
  return `--precision: ${values.replaceAll('"', '').replace('null', 'float32')}`;
}
