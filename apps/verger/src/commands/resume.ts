import { asVergerError, type ErrorCode, VergerError } from '@verger/core';
import { readEpoch } from '@verger/run';
import { type ResolvedConfig, readConfigFile, resolveConfig } from '@verger/runtime';
import { probeConditionalWrites } from '@verger/storage';
import { goesToItsEnd } from '@verger/verify';
import type { Command, CommandInput } from '../cli/command.ts';
import {
  checkFinished,
  type DetachedRun,
  executeRun,
  joinedEpoch,
  type RunOutcome,
  submitRun,
} from '../execute.ts';
import { type FoundRun, findRun, outputOf } from '../find-run.ts';
import { networkOfRun } from '../find-weights.ts';
import { examine, mendable, mendRun } from '../mend.ts';
import { openImages } from '../open-images.ts';
import { isDetached, openSite, type RunSite } from '../open-site.ts';
import { printOutcome } from '../print/outcome-text.ts';
import { earlierReuse } from '../reuse.ts';
import { finishOf } from '../run-flow.ts';

/** Errors that end a run because one of its files is damaged. */
const DAMAGE: readonly ErrorCode[] = ['E_PART_CORRUPT', 'E_SUMS_CORRUPT', 'E_RUN_CORRUPT'];

/**
 * `verger resume RUN`: finishes a run as planned, and repairs damage that prevents it. Lists again only if a
 * part of the listing is lost; the weights must be those of the run.
 */
export const resume: Command = async (input) => {
  const found = await findRun(input.storages, input.args[0] ?? '');
  const flags = { ...input.flags, output: found.location };
  const file = await readConfigFile(input.cwd);
  const opened = found.manifest.extraction;
  const config = resolveConfig({ flags, env: input.env, file, opened });
  for (const warning of config.warnings) input.out.note(`warning: ${warning}`);
  const outcome = await resumeOrRepair(input, found, config);
  return printOutcome(input, outcome);
};

/** Looks for damage only after meeting some: a run that was merely interrupted does not pay for it. */
async function resumeOrRepair(
  input: CommandInput,
  found: FoundRun,
  config: ResolvedConfig,
): Promise<RunOutcome | DetachedRun> {
  const { store, manifest } = found;
  const patient = { store, manifest, operational: config.operational };
  for (let round = 1; ; round += 1) {
    try {
      return await resumeOnce(input, found, config);
    } catch (thrown) {
      const error = asVergerError(thrown);
      if (!DAMAGE.includes(error.code) || round > 3) throw thrown;
      input.out.note(`${error.code}: ${error.message} Checking the whole run for damage.`);
      const examination = await examine(input, patient);
      if (!mendable(examination)) throw unmendable(found, examination, thrown);
      await mendRun(input, patient, { examination, goesOn: goesToItsEnd(examination) });
    }
  }
}

/** The error for damage that cannot be repaired, in place of the first one met. */
function unmendable(
  { location }: FoundRun,
  { findings }: Awaited<ReturnType<typeof examine>>,
  thrown: unknown,
): unknown {
  const fault = findings.find(({ severity }) => severity === 'fault');
  if (fault === undefined) return thrown;
  return new VergerError('E_RUN_DAMAGED', { location: `${location}/${fault.file}` }, { detail: fault.what });
}

/**
 * A resumed refit runs in this process: it takes everything from the other run, while workers would need
 * weights.
 */
async function siteOf(
  input: CommandInput,
  { location, manifest }: FoundRun,
  { operational, refit }: { readonly operational: ResolvedConfig['operational']; readonly refit: boolean },
): Promise<RunSite> {
  const output = outputOf(location);
  if (!refit) {
    return await openSite(input, { ...operational, output }, networkOfRun(manifest, operational, input));
  }
  if (operational.redis !== null) {
    input.out.note('note: a refit runs in this process, not on workers');
  }
  const init = { network: null, fingerprint: manifest.fingerprint };
  return await openSite(input, { ...operational, output, redis: null }, init);
}

async function resumeOnce(
  input: CommandInput,
  found: FoundRun,
  config: ResolvedConfig,
): Promise<RunOutcome | DetachedRun> {
  const { store, manifest } = found;
  const finish = await finishOf(store, config);
  const checked = await checkFinished(store, manifest, finish);
  if ('already' in checked) return checked;
  const { operational } = config;
  const reuse = await earlierReuse((await readEpoch(store))?.reuse, input);
  const site = await siteOf(input, found, { operational, refit: reuse?.whole === true });
  try {
    const images = openImages(input, manifest);
    const executor = await site.ready();
    await probeConditionalWrites(input.storages.open(outputOf(store.describe())));
    const { remake } = checked;
    const cause = 'resume' as const;
    const { queue } = site;
    const epoch = await joinedEpoch(input, { store, manifest, finish, remake }, site);
    const execution = {
      store,
      images,
      manifest,
      executor,
      cause,
      finish,
      remake,
      reuse,
      queue,
      epoch,
    } as const;
    return await (isDetached(input, queue) ? submitRun : executeRun)(input, execution);
  } finally {
    await site.close();
  }
}
