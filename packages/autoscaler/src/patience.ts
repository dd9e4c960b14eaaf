import type { Clock, VergerError } from '@verger/core';

const FIRST_MS = 10_000;
const FIRST_PERMANENT_MS = 60_000;
const LONGEST_MS = 5 * 60_000;

/**
 * Decides when the Auto Scaling API is asked again after an error: after 10 s (a minute, where a person must
 * act), then after twice as long each time, up to 5 minutes.
 */
export class Patience {
  private readonly clock: Pick<Clock, 'monotonicMs'>;
  private pauseMs = 0;
  private untilMs = Number.NEGATIVE_INFINITY;
  private last: VergerError | undefined;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.clock = clock;
  }

  /** Does a call, unless it is too early: then the last error is thrown again. */
  async call<T>(work: () => Promise<T>, asError: (thrown: unknown) => VergerError): Promise<T> {
    if (this.last !== undefined && this.clock.monotonicMs() < this.untilMs) throw this.last;
    try {
      const result = await work();
      this.last = undefined;
      this.pauseMs = 0;
      return result;
    } catch (thrown) {
      const error = asError(thrown);
      const first = error.permanent ? FIRST_PERMANENT_MS : FIRST_MS;
      this.pauseMs = Math.min(LONGEST_MS, Math.max(first, 2 * this.pauseMs));
      this.untilMs = this.clock.monotonicMs() + this.pauseMs;
      this.last = error;
      throw error;
    }
  }
}
