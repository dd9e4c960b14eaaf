import {
  clip,
  counted,
  type Epoch,
  ERRORS,
  type Failure,
  formatCount,
  type Manifest,
  printable,
  runState,
} from '@verger/core';
import { findRun, type QueueOptions, type QueueState, readQueueState, stateWords } from '@verger/driver/runs';
import { readEpoch, readFailures, readStatus, readSuccess } from '@verger/run';
import { type Command, show } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { readConfig } from '../cli/read-config.ts';
import { withNames } from '../print/next-text.ts';
import { asCalled } from '../print/program-name.ts';
import { resumeCommand, storageFlags } from '../print/run-activity.ts';
import { readNewestDecision, scalingLines } from '../print/scaling-text.ts';

/**
 * `verger status RUN`: the progress of a run according to its storage, the failures of its newest epoch, and
 * with `--redis` its workers. `--watch` follows its progress first, until it ends.
 */
export const status: Command = async (input) => {
  const { args, flags, json, out, storages } = input;
  const found = await findRun(storages, args[0] ?? '');
  const isDone = async () => (await readSuccess(found.store)) !== undefined;
  let options: Promise<QueueOptions> | undefined;
  const queueOptions = async () => {
    options ??= readConfig(input).then(({ operational }) => operational);
    return await options;
  };
  if (flags['watch'] === true && !(await isDone())) {
    const watched = { run: found, queue: await queueOptions() };
    const { watchRun } = await import('@verger/driver');
    try {
      await drive(input, (driver) => watchRun(driver, watched));
    } catch (error) {
      // Ctrl-C is how one stops watching: nothing failed, and the run is not affected.
      if (input.signal.aborted && !json) return ERRORS.E_INTERRUPTED.exit;
      throw error;
    }
  }
  const { store, manifest, location } = found;
  const { commits, facts, extracted, quarantined } = await readStatus(store, manifest);
  const state = runState(facts);
  const verdict = (await readSuccess(store))?.verdict ?? null;
  const epoch = await readEpoch(store);
  const words = stateWords(state, { epoch, verdict });
  const failures = await readFailures(store, facts.epoch);
  const decision = await readNewestDecision(store);
  const onWorkers = flags['redis'] !== undefined || (state !== 'done' && epoch?.queue !== undefined);
  const queue = onWorkers ? await readQueueState(input, await queueOptions()) : undefined;
  const { images } = manifest.listing;
  const partitions = manifest.partitions.length;
  const projected = facts.projected.size;
  const counts = { listed: images, extracted, quarantined, partitions, committed: commits.size, projected };
  const { runId } = manifest;
  const result = {
    ...{ runId, location, state, verdict, epoch: facts.epoch, ...counts, failures, queue },
    ...{ deadline: epoch?.deadline ?? null, decision },
  };
  const isOver = state === 'done';
  const lines = [
    `run ${runId}: ${words}`,
    `  images      ${formatCount(images)} listed, ${formatCount(extracted)} extracted, ` +
      `${formatCount(quarantined)} in quarantine`,
    `  partitions  ${formatCount(commits.size)} of ${formatCount(partitions)} committed, ` +
      `${formatCount(projected)} projected`,
    `  PCA model   ${facts.model ? modelWords(manifest) : 'not yet'}`,
    `  epoch       ${facts.epoch}${epoch === undefined ? '' : submittedWords(epoch)}`,
    `  source      ${printable(manifest.images)}`,
    `  location    ${location}`,
    ...scalingLines(epoch?.deadline, decision, { nowMs: Date.now(), isDone: isOver }),
  ];
  if (queue !== undefined) lines.push(...queueLines(queue));
  if (failures.length > 0) lines.push(`  failed attempts in this epoch: ${failures.length}`);
  const names = { run: location, more: storageFlags(flags) };
  for (const failure of failures.slice(-5)) {
    const next = asCalled(withNames(failure.next, names));
    lines.push(...failureLines({ ...failure, next }, out.columns));
  }
  if (!isOver) {
    const when =
      state === 'running' && words.startsWith('running') ? 'if it is no longer running' : 'to continue';
    lines.push(`  ${when}: ${resumeCommand(location, epoch, flags)}`);
  }
  show(input, result, () => lines.join('\n'));
  return 0;
};

function failureLines(
  { kind, partition, attempt, code, reason, path, next }: Failure,
  columns: number,
): string[] {
  const what = partition === null ? kind : `${kind} of partition ${partition}`;
  const lines = [`    ${what}, attempt ${attempt}: ${printable(`${code} ${reason}`)}`];
  if (path !== null) lines.push(`      ${clip(printable(path), columns - 6)}`);
  return [...lines, `      → ${printable(next)}`];
}

function submittedWords({ at, by: { host, pid } }: Epoch): string {
  return `, submitted ${at} by process ${pid} on ${printable(host)}`;
}

function modelWords({ model }: Manifest): string {
  return model === undefined ? 'fitted' : `taken from run ${model.runId}`;
}

/** What a queue says of itself, as lines. */
function queueLines({ queue, seen, error }: QueueState): string[] {
  const first = (text: string) => `  queue       ${printable(`${queue}: ${text}`)}`;
  if (seen === undefined) return [first(`${error?.code}: ${error?.message}`)];
  const who = `${counted(seen.workers, 'worker')}, ${counted(seen.reducers, 'reducer')}`;
  const jobs = `for all runs: ${counted(seen.waiting + seen.delayed, 'job')} waiting, ${seen.active} active`;
  return [first(`${who}; ${jobs}`), ...seen.idle.map((text) => `              ${printable(text)}`)];
}
