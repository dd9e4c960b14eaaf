import { Budget, type RunEvent, runLayout, type Storage } from '@verger/core';
import type { RunContext } from '@verger/run';
import type { Children } from './children/children.ts';
import { createReuseState, type ReuseState } from './reuse/reuse-state.ts';

/** What every stage function is given: the run, where work is done, and who is told. */
export interface StageContext extends RunContext {
  readonly children: Children;
  /** Bytes of images that are read and not yet answered for. */
  readonly imageBytes: Budget;
  /**
   * One turn: the partition that may hand images to children. The next takes it while this one is committed.
   */
  readonly turn: Budget;
  /** Set when features of another run may be taken. */
  readonly reuse?: ReuseState | undefined;
  emit(event: RunEvent): void;
  /** Waits between two attempts; throws the signal's reason when it is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * Batches of one partition that are read or under way at once, for each child: one that it works on, one in
 * its channel, one being read.
 */
const BATCHES_AHEAD = 3;
/**
 * The same where each read waits for a network: 50 ms a read, six batches of eight under way, are 960
 * images/s for a child that takes 140.
 */
const REMOTE_BATCHES_AHEAD = 8;
/** Images that go to a child at once: fewer when their listed bytes are more than the second. */
export const BATCH_IMAGES = 8;
/** Bytes of images that go to a child at once. */
export const BATCH_BYTES = 8 * 1024 * 1024;
/** Files of a run that are read at once. */
export const FILES_AT_ONCE = 8;
/** Bytes of images in memory at once, read and not yet answered for. */
export const IMAGE_BYTES_AHEAD = 256 * 1024 * 1024;

/** Batches of one partition under way at once for each child, as far as bytes allow. */
export function batchesAhead({ remote }: Pick<Storage, 'remote'>): number {
  return remote === true ? REMOTE_BATCHES_AHEAD : BATCHES_AHEAD;
}

/** Where work is done, and how it waits: what a context has beyond its run. */
export type StageServices = Pick<StageContext, 'children' | 'worker' | 'clock' | 'logger' | 'pause'>;

/** The context of a run's stages in this process. */
export function stageContext(
  services: StageServices,
  own: Pick<StageContext, 'run' | 'signal' | 'emit'>,
): StageContext {
  const { children, worker, clock, logger, pause } = services;
  return {
    ...{ children, worker, clock, logger, pause },
    ...own,
    layout: runLayout(own.run.manifest.partDigits),
    imageBytes: new Budget(IMAGE_BYTES_AHEAD),
    turn: new Budget(1),
    reuse: own.run.reuse === undefined ? undefined : createReuseState(own.run.reuse),
  };
}
