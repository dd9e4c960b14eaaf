import {
  type ClassRecord,
  classRecordSchema,
  RUN_FILES,
  type Run,
  VergerError,
  withSelfHash,
} from '@verger/core';
import type { Outcome } from '@verger/queue';
import { readRecord, recordBytes } from '@verger/run';
import type { JobServices } from '../jobs/job-context.ts';
import type { OpenRun } from '../jobs/open-runs.ts';
import { failedReason } from '../jobs/record-outcomes.ts';
import type { MachineFaults } from '../service/machine-faults.ts';
import type { ReadyChildren } from './image-pools.ts';

/** A job that is kept from this worker is offered again so much later, to whoever takes it then. */
export const AGAIN_MS = 5000;
/**
 * Of runs with --strict: a worker may extract when its numeric class is the run's, which is that of the first
 * one (`class.json`, create-only). Gives the outcome for the others, which end when they have done nothing
 * else for ten minutes. Errors: E_STORAGE, E_RUN_CORRUPT.
 */
export function admitOfClass(services: Pick<JobServices, 'worker' | 'clock' | 'logger'>, own: MachineFaults) {
  const { logger } = services;
  return async (
    { run }: Pick<OpenRun, 'run'>,
    { numericClass }: Pick<ReadyChildren, 'numericClass'>,
  ): Promise<Outcome | undefined> => {
    const wanted = await classOf(services, run, numericClass);
    if (wanted === numericClass) return undefined;
    const detail = `The run's is ${wanted}, this worker's ${numericClass}.`;
    const location = run.store.describe();
    const error = new VergerError('E_CLASS_OTHER', { location }, { detail });
    logger.warn({ runId: run.manifest.runId }, error.message);
    own.blocked(error, location);
    return { again: AGAIN_MS, reason: failedReason(error) };
  };
}

async function classOf(
  { worker, clock }: Pick<JobServices, 'worker' | 'clock'>,
  { store, manifest }: Run,
  own: string,
): Promise<string> {
  const record: ClassRecord = withSelfHash({
    format: 'verger-class-1' as const,
    runIdentity: manifest.identity,
    numericClass: own,
    worker,
    at: clock.now(),
  });
  const there = await readRecord(store, RUN_FILES.numericClass, classRecordSchema);
  if (there !== undefined) return there.numericClass;
  if ((await store.create(RUN_FILES.numericClass, recordBytes(record))) === 'created') return own;
  return (await readRecord(store, RUN_FILES.numericClass, classRecordSchema))?.numericClass ?? own;
}
