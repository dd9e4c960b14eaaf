import type { QueueSeen } from '@verger/cluster';
import { asVergerError, type Run, type RunEvent, VergerError } from '@verger/core';
import { readEpoch } from '@verger/run';
import { systemClock } from '@verger/runtime';
import { pause } from '@verger/stages';
import { openQueueProbe, type QueueOptions, whyIdle } from './ask-queue.ts';
import type { Driver } from './driver.ts';
import { type FoundRun, openImages } from './find-run.ts';

/** Milliseconds between two looks at the queue of a run that is watched. */
const QUEUE_EVERY_MS = 5_000;

/**
 * Emits the progress of a run that something else does, until it has ended; of one that workers do also why
 * its jobs may be left, with the queue of `queue`. Returns at once for a run that nobody has submitted, and
 * when it is cancelled. Errors: those of the storage; the signal's reason.
 */
export async function watchRun(
  driver: Driver,
  { run: found, queue }: { readonly run: FoundRun; readonly queue: QueueOptions },
): Promise<void> {
  const { store, manifest } = found;
  const epoch = await readEpoch(store);
  if (epoch === undefined) return;
  const { watchStorage } = await import('@verger/cluster');
  const run: Run = { manifest, store, images: openImages(driver, manifest), epoch: epoch.epoch };
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, driver.signal]);
  const telling =
    epoch.queue === undefined ? undefined : tellQueue(driver, { queue, signal, run: store.describe() });
  try {
    const events = watchStorage(run, { clock: systemClock, signal: driver.signal });
    for await (const event of events) driver.emit(event);
  } catch (error) {
    // Its status says so.
    if (!(error instanceof VergerError) || error.code !== 'E_RUN_CANCELLED') throw error;
  } finally {
    ended.abort();
    await telling;
  }
}

/**
 * Tells why the jobs of a watched run may be left, whenever that changes; ends with the signal. Never throws.
 */
async function tellQueue(
  driver: Driver,
  {
    queue: options,
    signal,
    run,
  }: { readonly queue: QueueOptions; readonly signal: AbortSignal; readonly run: string },
): Promise<void> {
  const tell = (text: string) => driver.emit({ type: 'run:notice', text });
  try {
    const probe = await openQueueProbe(driver, options, run);
    if (probe === undefined) return tell('pass --redis to see the workers of this run');
    try {
      let told = '';
      while (!signal.aborted) {
        const state = await probe.ask();
        if (signal.aborted) return;
        if (state.seen !== undefined) driver.emit(clusterSeen(state.seen));
        const text = whyIdle(state);
        if (text !== told) tell(text === '' ? 'workers and reducers are ready' : text);
        told = text;
        await pause(QUEUE_EVERY_MS, signal);
      }
    } finally {
      await probe.close();
    }
  } catch (error) {
    if (!signal.aborted) tell(asVergerError(error).message);
  }
}

function clusterSeen({ workers, reducers, waiting, active, troubles }: QueueSeen): RunEvent {
  return { type: 'cluster:seen', workers, reducers, waiting, active, troubles };
}
