import type { Driver, DriverEvent } from '@verger/driver';
import { proxiesOf } from '@verger/runtime';
import { Progress } from '../print/progress.ts';
import type { CommandInput } from './command.ts';

/** What a drive gave, and what was seen of its progress. */
export interface Driven<T> {
  readonly value: T;
  /** When the first image was done: milliseconds from the start of this process, undefined without one. */
  readonly firstImageMs: number | undefined;
  /** Milliseconds of the stages that were seen from their first moment to their last. */
  readonly stageMs: Progress['stageMs'];
}

/** Runs work of the driver and shows its events until it ends. `isWatched`: something else does that run. */
export async function drive<T>(
  input: CommandInput,
  work: (driver: Driver) => Promise<T>,
  { isWatched = false }: { readonly isWatched?: boolean } = {},
): Promise<Driven<T>> {
  const { storages, logger, signal, out, flags, env } = input;
  const progress = new Progress(out, { flags, isWatched });
  const emit = (event: DriverEvent) => progress.show(event);
  const end = () => progress.end();
  signal.addEventListener('abort', end);
  // The bar makes room for a notice.
  storages.onWait((text) => emit({ type: 'run:notice', text }));
  try {
    const value = await work({ storages, logger, signal, emit, proxies: () => proxiesOf(env) });
    progress.close();
    return { value, firstImageMs: progress.firstImageMs, stageMs: progress.stageMs };
  } catch (error) {
    progress.end();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
    storages.onWait((text) => out.note(`note: ${text}`));
  }
}
