import { ERRORS, runState } from '@verger/core';
import { findRun, type QueueOptions, readQueueState, stateWords } from '@verger/driver/runs';
import { readEpoch, readFailures, readStatus, readSuccess } from '@verger/run';
import { type Command, show } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { readConfig } from '../cli/read-config.ts';
import { runLine } from '../print/listing-lines.ts';
import { resumeCommand, storageFlags } from '../print/run-activity.ts';
import { readNewestDecision } from '../print/scaling-text.ts';
import { statusText } from '../print/status-text.ts';

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
    if (out.block !== undefined) out.note(runLine(found.manifest));
    try {
      await drive(input, (driver) => watchRun(driver, watched), { isWatched: true });
    } catch (error) {
      // Ctrl-C is how one stops watching: nothing failed, and the run is not affected.
      if (input.signal.aborted && !json) return ERRORS.E_INTERRUPTED.exit;
      throw error;
    }
  }
  const { store, manifest, location } = found;
  const { commits, facts, extracted, quarantined, codes } = await readStatus(store, manifest);
  const state = runState(facts);
  const verdict = (await readSuccess(store))?.verdict ?? null;
  const epoch = await readEpoch(store);
  const failures = await readFailures(store, facts.epoch);
  const decision = await readNewestDecision(store);
  const onWorkers = flags['redis'] !== undefined || (state !== 'done' && epoch?.queue !== undefined);
  const queue = onWorkers ? await readQueueState(input, await queueOptions()) : undefined;
  const { runId } = manifest;
  const counts = { extracted, quarantined, codes, committed: commits.size, projected: facts.projected.size };
  const result = {
    ...{ runId, location, state, verdict, epoch: facts.epoch },
    ...{ listed: manifest.listing.images, partitions: manifest.partitions.length, ...counts },
    ...{ failures, queue, deadline: epoch?.deadline ?? null, decision },
  };
  const isOver = state === 'done';
  const shown = {
    ...{ manifest, location, epoch, decision, queue, failures, ...counts },
    words: stateWords(state, { epoch, verdict }),
    ...{ isDone: isOver, hasModel: facts.model, epochNumber: facts.epoch },
    resume: isOver ? null : resumeCommand(location, epoch, flags),
  };
  const names = { run: location, more: storageFlags(flags) };
  show(input, result, () => statusText(shown, { columns: out.columns, nowMs: Date.now(), names }));
  return 0;
};
