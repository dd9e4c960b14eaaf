import {
  type ClassRecord,
  classRecordSchema,
  RUN_FILES,
  type Run,
  sealRecord,
  VergerError,
} from '@verger/core';
import { readRecord, recordBytes } from '@verger/pipeline';
import type { Outcome } from '@verger/queue';
import type { ReadyChildren } from './image-pools.ts';
import type { JobServices } from './job-context.ts';
import type { OpenRun } from './open-runs.ts';
import { failedReason } from './settle.ts';

/** A job that is kept from this worker is offered again so much later, to whoever takes it then. */
const AGAIN_MS = 5000;
/** A worker that is kept from all it takes for so long is of no use here. */
const GIVE_UP_MS = 10 * 60_000;

/**
 * Of runs with --strict: a worker may extract when its numeric class is the run's, which is that of the first one (`class.json`,
 * create-only). Gives the outcome for the others; `giveUp` is called when nothing was let through for ten minutes. Errors: E_STORAGE, E_RUN_CORRUPT.
 */
export function admitOfClass(
  services: Pick<JobServices, 'worker' | 'clock' | 'logger'>,
  giveUp: (error: VergerError) => void,
) {
  const { clock, logger } = services;
  let keptSinceMs: number | undefined;
  return async ({ run }: OpenRun, { numericClass }: ReadyChildren): Promise<Outcome | undefined> => {
    const wanted = await classOf(services, run, numericClass);
    if (wanted === numericClass) {
      keptSinceMs = undefined;
      return undefined;
    }
    const detail = `The run's is ${wanted}, this worker's ${numericClass}.`;
    const error = new VergerError('E_CLASS_OTHER', { location: run.store.describe() }, { detail });
    const nowMs = clock.monotonicMs();
    keptSinceMs ??= nowMs;
    logger.warn({ runId: run.manifest.runId }, error.message);
    if (nowMs - keptSinceMs > GIVE_UP_MS) giveUp(error);
    return { again: AGAIN_MS, reason: failedReason(error) };
  };
}

async function classOf(
  { worker, clock }: Pick<JobServices, 'worker' | 'clock'>,
  { store, manifest }: Run,
  own: string,
): Promise<string> {
  const record: ClassRecord = sealRecord({
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
