import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Logger } from '@verger/core';
import { type Rarely, rarely } from './rarely.ts';
import { isAnswer, redisError } from './redis-errors.ts';
import type { Refused } from './types.ts';

/** What asks the server on its own: each may be refused while the others are served. */
export type Asker = 'connect' | 'fetch' | 'wait' | 'finish' | 'give back' | 'heartbeat' | 'locks' | 'stalled';

/** Between two tries of one that is refused: 1, 2, 4, … 60 s. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** The same where there was no answer: the server may be back at any moment. */
const LONGEST_LOST_MS = 2_000;
/**
 * What is not asked again within this is forgotten: longer than the longest pause, the longest wait for a job
 * (10 s) and the time between two renewals of a lock (30 s) together.
 */
const FORGOTTEN_MS = 150_000;

/** The server, and who is told about its refusals; times are those of `clock`, monotonic milliseconds. */
export interface RefusalsOptions {
  readonly location: string;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Told of each refusal. */
  onRefused?(refused: Refused): void;
  /** For tests: the first and the longest pause, milliseconds. */
  readonly pausesMs?: { readonly first: number; readonly longest: number } | undefined;
}

/** A refusal of one that asks, and when it was met last. */
interface Lasting extends Refused {
  readonly lastMs: number;
}

/**
 * Error answers of the server: who asks pauses longer each time, the log has a line a minute, and it is known
 * since when nothing can be done. A server that does not answer is no refusal: it is waited for.
 */
export class Refusals {
  readonly #options: RefusalsOptions;
  readonly #say: Rarely;
  readonly #refused = new Map<string, Lasting>();
  readonly #inARow = new Map<string, number>();
  readonly #told = new WeakSet<Error>();
  /** One was logged, and not yet that it is over. */
  #inLog = false;
  #doneMs = Number.NEGATIVE_INFINITY;
  #wake = new AbortController();

  constructor(options: RefusalsOptions) {
    this.#options = options;
    this.#say = rarely(options.logger, options.clock);
  }

  /**
   * The oldest refusal that lasts; undefined while the server does all that it is asked. One that was not met
   * again for two and a half minutes does not last: nobody asks so any more. Refusals of others that it has
   * overlapped last since then.
   */
  get refused(): Refused | undefined {
    this.#forget();
    const [oldest] = [...this.#refused.values()].sort((a, b) => a.sinceMs - b.sinceMs);
    return oldest === undefined
      ? undefined
      : { error: oldest.error, sinceMs: Math.max(oldest.sinceMs, this.#doneMs) };
  }

  /** One that asks has failed. Gives how long it pauses, milliseconds. */
  met(asker: Asker, error: unknown, queue = ''): number {
    const answered = isAnswer(error);
    if (answered) this.say(error); // BullMQ tells of what else is worth a line
    const { clock, location, onRefused, pausesMs } = this.#options;
    const { first = FIRST_PAUSE_MS, longest = LONGEST_PAUSE_MS } = pausesMs ?? {};
    this.#forget();
    const key = `${asker} ${queue}`;
    const inARow = (this.#inARow.get(key) ?? 0) + 1;
    this.#inARow.set(key, inARow);
    if (answered) {
      this.#inLog = true;
      const lastMs = clock.monotonicMs();
      const sinceMs = this.#refused.get(key)?.sinceMs ?? lastMs;
      this.#refused.set(key, { sinceMs, lastMs, error: redisError(error, location) });
      const { refused } = this;
      if (refused !== undefined) onRefused?.(refused);
    }
    const most = answered ? longest : Math.min(longest, LONGEST_LOST_MS);
    return Math.min(most, first * 2 ** Math.min(inARow - 1, 16)) * (0.75 + Math.random() / 4);
  }

  /** One that asks has its answer; `finish` also says that a job is done. */
  well(asker: Asker, queue = ''): void {
    if (asker === 'finish') this.#doneMs = this.#options.clock.monotonicMs();
    const key = `${asker} ${queue}`;
    this.#inARow.delete(key);
    this.#forget();
    if (this.#refused.delete(key)) {
      this.#wake.abort();
      this.#wake = new AbortController();
    }
    if (this.#inLog && this.#refused.size === 0) {
      this.#inLog = false;
      const { location } = this.#options;
      this.#say('well', {
        level: 'info',
        fields: { location },
        message: 'Redis accepts requests again',
      });
    }
  }

  /**
   * Waits so long, but not once the signal is aborted, nor when one that was refused has its answer: then
   * others may have theirs.
   */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    if (ms === 0) return;
    const until = AbortSignal.any([signal, this.#wake.signal]);
    await sleep(ms, undefined, { signal: until }).catch(() => {});
  }

  /** True for an error that is logged and that `met` knows. */
  hasTold(error: Error): boolean {
    return this.#told.has(error);
  }

  /** Only tells the log, once for each error. */
  say(error: unknown): void {
    if (error instanceof Error) {
      if (this.#told.has(error)) return;
      this.#told.add(error);
    }
    const { location } = this.#options;
    const { code, message } = redisError(error, location);
    if (isAnswer(error)) {
      this.#say(code, { level: 'warn', fields: { code, location }, message });
      return;
    }
    const reason = error instanceof Error ? error.message : String(error);
    this.#say(reason.replace(/\S*\d\S*/g, '…'), { level: 'warn', fields: { reason }, message: 'the queue' });
  }

  #forget(): void {
    const soonest = this.#options.clock.monotonicMs() - FORGOTTEN_MS;
    const entries = [...this.#refused].sort(([, a], [, b]) => a.lastMs - b.lastMs);
    for (const [key, forgotten] of entries.filter(([, { lastMs }]) => lastMs < soonest)) {
      this.#refused.delete(key);
      this.#inARow.delete(key);
      const sinceMs = forgotten.sinceMs;
      for (const [other, one] of this.#refused) {
        const overlaps = one.sinceMs > sinceMs && one.sinceMs - forgotten.lastMs <= FORGOTTEN_MS;
        if (overlaps) this.#refused.set(other, { ...one, sinceMs });
      }
    }
  }
}
