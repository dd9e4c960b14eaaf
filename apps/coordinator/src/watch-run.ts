import { type Run, VergerError } from '@verger/core';
import { readEpoch } from '@verger/pipeline';
import { systemClock } from '@verger/runtime';
import type { CommandInput } from './command.ts';
import type { FoundRun } from './find-run.ts';
import { openImages } from './open-images.ts';
import { Progress } from './progress.ts';

/** Shows the progress of a run that something else does, until it has ended. Returns at once for a run that nobody has submitted. */
export async function watchRun(input: CommandInput, { store, manifest }: FoundRun): Promise<void> {
  const epoch = await readEpoch(store);
  if (epoch === undefined) return;
  const { watchStorage } = await import('@verger/cluster');
  const images = openImages(input, manifest);
  const run: Run = { manifest, store, images, epoch: epoch.epoch };
  const progress = new Progress(input.out);
  input.storages.onWait((text) => progress.show({ type: 'run:notice', text }));
  try {
    const events = watchStorage(run, { clock: systemClock, signal: input.signal });
    for await (const event of events) progress.show(event);
  } catch (error) {
    // The status that is printed next says so.
    if (!(error instanceof VergerError) || error.code !== 'E_RUN_CANCELLED') throw error;
  } finally {
    input.storages.onWait((text) => input.out.note(`note: ${text}`));
    progress.close();
  }
}
