import { counted, formatCount, type RunState } from '@verger/core';
import { cancelRun, findRun } from '@verger/driver/runs';
import { readEpoch } from '@verger/run';
import { type Command, show } from '../cli/command.ts';
import { resumeCommand } from '../print/run-activity.ts';

/** Why there is nothing to cancel. */
const ENDED: Record<Exclude<RunState, 'running'>, string> = {
  planned: 'it has not been submitted',
  failed: 'it has already failed',
  cancelled: 'it is already cancelled',
  done: 'it is done',
};

/**
 * `verger cancel RUN`: marks the newest epoch, so that every process working on it stops within seconds. A
 * run that has ended stays as it is, with exit code 0.
 */
export const cancel: Command = async ({ args, flags, json, out, storages }) => {
  const found = await findRun(storages, args[0] ?? '');
  const { store, manifest, location } = found;
  const { before, marked, status } = await cancelRun(found);
  const { extracted, quarantined, commits, facts } = status;
  // It may have finished while it was marked.
  const ended = status.facts.success ? 'done' : before;
  const state = ended === 'running' ? 'cancelled' : ended;
  const { runId, partitions } = manifest;
  const committed = { committed: commits.size, partitions: partitions.length, extracted, quarantined };
  const result = { runId, location, state, cancelled: marked, epoch: facts.epoch, kept: committed };
  // It is marked: a damaged epoch record must not turn that into a failure.
  const resume = resumeCommand(location, await readEpoch(store).catch(() => undefined), flags);
  const done = `${formatCount(commits.size)} of ${counted(partitions.length, 'partition')}`;
  const kept = `${done}, ${counted(extracted, 'image')} extracted`;
  const lines =
    ended === 'running'
      ? [
          `run ${runId}: cancelled; a process that works on it stops within 10 s`,
          `  kept        ${kept}; nothing is deleted`,
          `  to continue ${resume}`,
        ]
      : [
          `run ${runId}: nothing to cancel, ${ENDED[ended]}`,
          ...(ended === 'done' ? [] : [`  kept        ${kept}`, `  to continue ${resume}`]),
        ];
  show({ json, out }, result, () => lines.join('\n'));
  return 0;
};
