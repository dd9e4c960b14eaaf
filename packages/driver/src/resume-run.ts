import { asVergerError, type ErrorCode, VergerError } from '@verger/core';
import { readEpoch } from '@verger/run';
import { outputOf } from '@verger/storage';
import { type Examination, goesToItsEnd } from '@verger/verify';
import type { Driver, RunOptions } from './driver.ts';
import { type FoundRun, openImages } from './find-run.ts';
import { networkOfRun } from './find-weights.ts';
import { finishOf, openEpochAndFollow } from './follow-run.ts';
import { type OpenExecutor, openExecutor, refuseWithoutQueue } from './open-executor.ts';
import { checkFinished, type RunOutcome, type SubmittedRun } from './outcome.ts';
import { isRepairable, repairOnce } from './repair-run.ts';
import {
  hasLostCalibration,
  isOfCalibration,
  restoreCalibration,
  withLostCalibration,
} from './restore-calibration.ts';
import { earlierReuse } from './reuse.ts';
import { examine } from './verify-run.ts';

/** What ends a run because a file of it is damaged. */
const DAMAGE: readonly ErrorCode[] = ['E_PART_CORRUPT', 'E_SUMS_CORRUPT', 'E_RUN_CORRUPT'];
/** A repair may show further damage: this many at most. */
const MOST_REPAIRS = 3;

/**
 * Finishes a run as it was planned, and repairs what prevents that. Never lists, unless a part of the listing
 * itself is lost; the weights must be those of the run. Damage is looked for when it is met: a run that was
 * only stopped does not pay for it. `repair: false`: damage that is met ends it instead. Errors:
 * E_WEIGHTS_OTHER, E_RUN_DAMAGED, E_REDIS_…; what ends the run.
 */
export async function resumeRun(
  driver: Driver,
  request: { readonly run: FoundRun; readonly options: RunOptions; readonly repair?: false },
): Promise<RunOutcome | SubmittedRun> {
  const { run, options } = request;
  for (let repairs = 0; ; repairs += 1) {
    try {
      return await resumeOnce(driver, run, options);
    } catch (thrown) {
      const { code, message } = asVergerError(thrown);
      if (!DAMAGE.includes(code) || request.repair === false || repairs === MOST_REPAIRS) throw thrown;
      driver.emit({ type: 'repair:damage-met', code, message });
      const examination = await examine(driver, request);
      if (hasLostCalibration(examination)) {
        const why = await restoreCalibration(driver, request);
        if (why === undefined) continue;
        const lost = withLostCalibration(examination, why);
        throw unrepairable(run, { findings: lost.findings.filter(isOfCalibration) }, thrown);
      }
      if (!isRepairable(examination)) throw unrepairable(run, examination, thrown);
      const goesOn = goesToItsEnd(examination);
      await repairOnce(driver, request, { examination, goesOn }, async () => {});
    }
  }
}

/** What is damaged and cannot be made again, in place of the first thing that was met. */
function unrepairable(
  { location }: FoundRun,
  { findings }: Pick<Examination, 'findings'>,
  thrown: unknown,
): unknown {
  const fault = findings.find(({ severity }) => severity === 'fault');
  if (fault === undefined) return thrown;
  return new VergerError('E_RUN_DAMAGED', { location: `${location}/${fault.file}` }, { detail: fault.what });
}

async function resumeOnce(
  driver: Driver,
  { store, manifest, location }: FoundRun,
  options: RunOptions,
): Promise<RunOutcome | SubmittedRun> {
  const newest = await readEpoch(store);
  const finish = finishOf(newest, options);
  const checked = await checkFinished({ store, manifest }, { finish, newest });
  if ('already' in checked) return checked;
  const { strict, detach, deadline } = options.operational;
  const reuse = await earlierReuse(driver, newest?.reuse);
  const operational = { ...options.operational, output: outputOf(location) };
  const open: OpenExecutor =
    reuse?.whole === true
      ? await openForRefit(driver, manifest, operational)
      : await openExecutor(driver, operational, networkOfRun(driver, { manifest, store }, operational));
  try {
    const submission = {
      ...{ store, images: openImages(driver, manifest), manifest, finish, reuse, strict, deadline },
      cause: 'resume',
      remake: checked.remake,
    } as const;
    return await openEpochAndFollow(driver, open, submission, { detach });
  } finally {
    await open.close();
  }
}

/**
 * A refit takes all it needs from the other run: this process does it, as it began it; workers would look for
 * weights.
 */
async function openForRefit(
  driver: Driver,
  { fingerprint }: FoundRun['manifest'],
  operational: RunOptions['operational'],
): Promise<OpenExecutor> {
  refuseWithoutQueue(operational);
  if (operational.redis !== null) driver.emit({ type: 'executor:local-refit' });
  return await openExecutor(driver, { ...operational, redis: null }, { network: null, fingerprint });
}
