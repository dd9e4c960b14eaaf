import { type ErrorCode, type Run, VergerError } from '@verger/core';
import type { Outcome } from '@verger/queue';
import type { JobServices } from '../jobs/job-context.ts';
import { failedReason } from '../jobs/record-outcomes.ts';
import type { MachineFaults } from '../service/machine-faults.ts';
import { AGAIN_MS } from './strict.ts';

/** What keeps a worker from int8: its CPU, or its engine. */
const REFUSALS: readonly ErrorCode[] = ['E_INT8_CPU', 'E_ENGINE_PRECISION'];

/**
 * Does jobs of a run with int8 only where this CPU and this engine compute it exactly. Else the job is kept
 * from this worker, for others, and uses no attempt; so are all later ones of such runs, at once. A worker
 * that is kept from jobs and has done nothing else for ten minutes ends with that code.
 */
export function refuseInt8({ logger }: Pick<JobServices, 'logger'>, own: Pick<MachineFaults, 'blocked'>) {
  let met: VergerError | undefined;
  const keep = ({ store, manifest }: Pick<Run, 'store' | 'manifest'>, error: VergerError): Outcome => {
    logger.warn({ runId: manifest.runId }, error.message);
    own.blocked(error, store.describe());
    return { again: AGAIN_MS, reason: failedReason(error) };
  };
  return async (run: Pick<Run, 'store' | 'manifest'>, work: () => Promise<Outcome>): Promise<Outcome> => {
    if (run.manifest.fingerprint.precision !== 'int8') return await work();
    if (met !== undefined) return keep(run, met);
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof VergerError) || !REFUSALS.includes(error.code)) throw error;
      met = error;
      return keep(run, error);
    }
  };
}
