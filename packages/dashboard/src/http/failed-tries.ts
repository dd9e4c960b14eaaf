import type { Clock } from '@verger/core';

/** How many wrong passwords are answered, and within which time. */
const PER_ADDRESS = 10;
const OVER_ALL = 100;
const WINDOW_MS = 15 * 60_000;
/** Addresses that are remembered; beyond it the oldest is forgotten, and the limit over all remains. */
const ADDRESSES = 1_000;

interface Tries {
  count: number;
  readonly sinceMs: number;
}

/** Counts wrong passwords, per address and over all, in windows of 15 minutes. */
export class FailedTries {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #byAddress = new Map<string, Tries>();
  #all: Tries;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#all = { count: 0, sinceMs: clock.monotonicMs() };
  }

  /** Seconds until this address may try again; 0 when it may now. */
  waitSeconds(address: string): number {
    const own = this.#byAddress.get(address);
    const waits = [
      own !== undefined && own.count >= PER_ADDRESS ? this.#leftMs(own) : 0,
      this.#all.count >= OVER_ALL ? this.#leftMs(this.#all) : 0,
    ];
    return Math.ceil(Math.max(0, ...waits) / 1000);
  }

  failed(address: string): void {
    if (this.#leftMs(this.#all) <= 0) this.#all = this.#fresh();
    this.#all.count += 1;
    const earlier = this.#byAddress.get(address);
    const own = earlier === undefined || this.#leftMs(earlier) <= 0 ? this.#fresh() : earlier;
    own.count += 1;
    this.#byAddress.delete(address);
    this.#byAddress.set(address, own);
    const [oldest] = this.#byAddress.keys();
    if (this.#byAddress.size > ADDRESSES && oldest !== undefined) this.#byAddress.delete(oldest);
  }

  #fresh(): Tries {
    return { count: 0, sinceMs: this.#clock.monotonicMs() };
  }

  #leftMs({ sinceMs }: Tries): number {
    return sinceMs + WINDOW_MS - this.#clock.monotonicMs();
  }
}
