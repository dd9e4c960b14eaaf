/** Bytes that were granted. */
export interface HeldBytes {
  /** Gives back what is more than so many. */
  keep(bytes: number): void;
  /** Gives all back; once more is nothing. */
  release(): void;
}

interface Waiter {
  readonly bytes: number;
  readonly grant: (held: HeldBytes | undefined) => void;
}

/**
 * Memory for answers, handed out first come, first served, with a bounded queue: who has gone leaves it, and
 * too many are refused at once. Who wants more than all of it gets all.
 */
export class ByteTurns {
  readonly #total: number;
  readonly #mostWaiting: number;
  readonly #waiting = new Set<Waiter>();
  #free: number;

  constructor({ total, mostWaiting }: { readonly total: number; readonly mostWaiting: number }) {
    this.#total = total;
    this.#free = total;
    this.#mostWaiting = mostWaiting;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Waits for the bytes; undefined when the signal is aborted before, or too many wait already. */
  async take(wanted: number, signal: AbortSignal): Promise<HeldBytes | undefined> {
    const bytes = Math.min(wanted, this.#total);
    if (signal.aborted) return undefined;
    if (this.#waiting.size === 0 && bytes <= this.#free) return this.#held(bytes);
    if (this.#waiting.size >= this.#mostWaiting) return undefined;
    return await new Promise((resolve) => {
      const gone = () => {
        this.#waiting.delete(waiter);
        resolve(undefined);
        this.#serve();
      };
      const grant = (held: HeldBytes | undefined) => {
        signal.removeEventListener('abort', gone);
        resolve(held);
      };
      const waiter: Waiter = { bytes, grant };
      this.#waiting.add(waiter);
      signal.addEventListener('abort', gone, { once: true });
    });
  }

  #held(bytes: number): HeldBytes {
    let left = bytes;
    this.#free -= bytes;
    const keep = (most: number) => {
      if (most >= left) return;
      this.#free += left - most;
      left = most;
      this.#serve();
    };
    return { keep, release: () => keep(0) };
  }

  #serve(): void {
    for (const waiter of this.#waiting) {
      if (waiter.bytes > this.#free) return;
      this.#waiting.delete(waiter);
      waiter.grant(this.#held(waiter.bytes));
    }
  }
}

/** Gives bytes back once the response of a request has been sent or its client has gone: `gone` is aborted. */
export function releaseAfter(gone: AbortSignal, held: HeldBytes): void {
  if (gone.aborted) held.release();
  else gone.addEventListener('abort', held.release, { once: true });
}

/** Resolves when the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
