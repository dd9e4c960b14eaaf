import { counted, formatCount, type RunState } from '@verger/core';
import { cancelRun, findRun } from '@verger/driver/runs';
import { readEpoch } from '@verger/run';
import type { Command } from '../cli/command.ts';
import { resumeCommand } from '../run-activity.ts';

/** Why there is nothing to cancel. */
const ENDED: Record<Exclude<RunState, 'running'>, string> = {
  planned: 'nobody has submitted it yet',
  failed: 'it has failed already',
  cancelled: 'it is cancelled already',
  done: 'it is done',
};

/** `verger cancel RUN`: marks the newest epoch, so that whoever works on it stops within seconds. A run that has ended is left as it is, with exit code 0. */
export const cancel: Command = async ({ args, flags, json, out, storages }) => {
  const found = await findRun(storages, args[0] ?? '');
  const { store, manifest, location } = found;
  const { before, marked, status } = await cancelRun(found);
  const { extracted, quarantined, commits, markers } = status;
  // It may have come to its end while it was marked.
  const ended = status.markers.success ? 'done' : before;
  const state = ended === 'running' ? 'cancelled' : ended;
  if (json) {
    const kept = { committed: commits.size, partitions: manifest.partitions.length, extracted, quarantined };
    const { epoch } = markers;
    out.print(
      JSON.stringify({ runId: manifest.runId, location, state, cancelled: marked, epoch, kept }, null, 1),
    );
    return 0;
  }
  const { runId, partitions } = manifest;
  // The mark stands: a damaged record of the epoch must not make a failure of it.
  const resume = resumeCommand(location, await readEpoch(store).catch(() => undefined), flags);
  const kept = `${formatCount(commits.size)} of ${counted(partitions.length, 'partition')}, ${counted(extracted, 'image')} extracted`;
  const lines =
    ended === 'running'
      ? [
          `run ${runId}: cancelled; a process that works on it ends within 10 s`,
          `  kept        ${kept}; nothing is deleted`,
          `  to go on    ${resume}`,
        ]
      : [
          `run ${runId}: nothing to cancel, ${ENDED[ended]}`,
          ...(ended === 'done' ? [] : [`  kept        ${kept}`, `  to go on    ${resume}`]),
        ];
  out.print(lines.join('\n'));
  return 0;
};
