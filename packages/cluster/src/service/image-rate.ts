import type { Clock } from '@verger/core';

/** The rate is that of this time. */
const WINDOW_MS = 60_000;

/** Images per second that a process does, over the last minute. */
export class ImageRate {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #startedMs: number;
  /** Images by the second in which they were done; the oldest first. */
  readonly #seconds = new Map<number, number>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
  }

  /** Counts images that are done now. A count may be taken back by a negative one. */
  done(images: number): void {
    const second = Math.floor(this.#clock.monotonicMs() / 1000);
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + images);
    this.#forget();
  }

  perSecond(): number {
    this.#forget();
    const nowMs = this.#clock.monotonicMs();
    const ms = Math.max(1000, Math.min(WINDOW_MS, nowMs - this.#startedMs));
    const images = [...this.#seconds.values()].reduce((sum, count) => sum + count, 0);
    return Math.max(0, Math.round((images / ms) * 1e5) / 100);
  }

  #forget(): void {
    const oldest = (this.#clock.monotonicMs() - WINDOW_MS) / 1000;
    for (const second of this.#seconds.keys()) {
      if (second >= oldest) return;
      this.#seconds.delete(second);
    }
  }
}
