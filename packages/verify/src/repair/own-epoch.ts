import { VergerError } from '@verger/core';
import { newestEpoch } from '@verger/run';

import type { StageContext } from '@verger/stages';

/** Whoever opened an epoch since has the run now. Cost: one listing of epochs. Errors: E_RUN_REOPENED; the reason of an abort. */
export async function checkOwn({ run, signal }: StageContext): Promise<void> {
  signal.throwIfAborted();
  if ((await newestEpoch(run.store)) === run.epoch) return;
  throw new VergerError('E_RUN_REOPENED', { location: run.store.describe() });
}
