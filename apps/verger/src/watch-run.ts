import { asVergerError, type Run, VergerError } from '@verger/core';
import { readEpoch } from '@verger/run';
import { systemClock } from '@verger/runtime';
import { pause } from '@verger/stages';
import type { CommandInput } from './cli/command.ts';
import type { FoundRun } from './find-run.ts';
import { openImages } from './open-images.ts';
import { Progress } from './print/progress.ts';
import { askQueue, whyIdle } from './queue-status.ts';

/** Between two looks at the queue of a run that is watched. */
const QUEUE_EVERY_MS = 15_000;

/** Shows the progress of a run that something else does, until it has ended. Returns at once for a run that nobody has submitted. */
export async function watchRun(input: CommandInput, { store, manifest }: FoundRun): Promise<void> {
  const epoch = await readEpoch(store);
  if (epoch === undefined) return;
  const { watchStorage } = await import('@verger/cluster');
  const images = openImages(input, manifest);
  const run: Run = { manifest, store, images, epoch: epoch.epoch };
  const progress = new Progress(input.out);
  input.storages.onWait((text) => progress.show({ type: 'run:notice', text }));
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, input.signal]);
  const telling = epoch.queue === undefined ? undefined : tellQueue(input, { progress, signal });
  try {
    const events = watchStorage(run, { clock: systemClock, signal: input.signal });
    for await (const event of events) progress.show(event);
  } catch (error) {
    // The status that is printed next says so.
    if (!(error instanceof VergerError) || error.code !== 'E_RUN_CANCELLED') throw error;
  } finally {
    ended.abort();
    await telling;
    input.storages.onWait((text) => input.out.note(`note: ${text}`));
    progress.close();
  }
}

/** Tells why the jobs of a watched run may be left, whenever that changes; ends with the signal. Never throws: the status says it, too. */
async function tellQueue(
  input: CommandInput,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<void> {
  let told: string | undefined;
  try {
    while (!signal.aborted) {
      const queue = await askQueue(input);
      if (signal.aborted) return;
      const text =
        queue === undefined ? 'give --redis to see who is at the queue of this run' : whyIdle(queue);
      if (text !== told && (text !== '' || told !== undefined))
        progress.show({ type: 'run:notice', text: text === '' ? 'workers and reducers can work' : text });
      told = text;
      if (queue === undefined) return;
      await pause(QUEUE_EVERY_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) progress.show({ type: 'run:notice', text: asVergerError(error).message });
  }
}
