import { asVergerError, RUN_FILES, type Scaling, type Storage, scalingSchema } from '@verger/core';
import { readRecord } from '@verger/run';
import type { RunRecords } from './run-records.ts';
import { versionOf } from './version-of.ts';

/**
 * Reads what an autoscaler decided, when it has changed: one request for its version, until the run is
 * finished. A damaged file is none: it says nothing about the run. Errors: those of the storage.
 */
export async function lookAtScaling(
  records: RunRecords,
  call: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<void> {
  const { store, success, newest } = records;
  if (success !== undefined && records.scalingAt === newest) return;
  const version = await call(() => versionOf(store, RUN_FILES.scaling));
  if (version !== records.scalingVersion) {
    records.scaling = version === undefined ? undefined : await call(() => readScaling(store));
    records.scalingVersion = version;
  }
  records.scalingAt = success === undefined ? -1 : newest;
}

async function readScaling(store: Storage): Promise<Scaling | undefined> {
  try {
    return await readRecord(store, RUN_FILES.scaling, scalingSchema);
  } catch (thrown) {
    if (asVergerError(thrown).code !== 'E_RUN_CORRUPT') throw thrown;
    return undefined;
  }
}
