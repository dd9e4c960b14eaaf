import type { S3Tuning } from './tuning.ts';

/** After the store asked for less, its next such answers are about the same crowd. */
const ONE_CROWD_MS = 1000;

interface Waiting {
  readonly bytes: number;
  readonly grant: () => void;
}

/**
 * Hands out requests and bytes of bodies, first come, first served. The number of requests is halved when the
 * store says that it is too much, and grows by one with each answer that is good.
 */
export class RequestLimiter {
  readonly #most: number;
  readonly #bytes: number;
  #allowed: number;
  #running = 0;
  #taken = 0;
  #slowedMs = Number.NEGATIVE_INFINITY;
  readonly #waiting: Waiting[] = [];

  constructor({ requests, bytes }: Pick<S3Tuning, 'requests' | 'bytes'>) {
    this.#most = requests;
    this.#allowed = requests;
    this.#bytes = bytes;
  }

  /** Requests that may be under way at once just now. */
  get allowed(): number {
    return this.#allowed;
  }

  /**
   * Waits for a request with so many bytes (of more than all, for all). Gives the function that ends it.
   * Errors: the signal's reason.
   */
  async take(wanted: number, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    const bytes = Math.min(wanted, this.#bytes);
    if (this.#waiting.length > 0 || !this.#fits(bytes)) await this.#wait(bytes, signal);
    else this.#start(bytes);
    let running = true;
    return () => {
      if (!running) return;
      running = false;
      this.#running -= 1;
      this.#taken -= bytes;
      this.#serve();
    };
  }

  /** A good answer. */
  succeeded(): void {
    if (this.#allowed >= this.#most) return;
    this.#allowed += 1;
    this.#serve();
  }

  /** An answer that asks for fewer requests. */
  slowed(): void {
    const nowMs = performance.now();
    if (nowMs - this.#slowedMs < ONE_CROWD_MS) return;
    this.#slowedMs = nowMs;
    this.#allowed = Math.max(1, Math.floor(this.#allowed / 2));
  }

  #fits(bytes: number): boolean {
    return this.#running < this.#allowed && this.#taken + bytes <= this.#bytes;
  }

  #start(bytes: number): void {
    this.#running += 1;
    this.#taken += bytes;
  }

  async #wait(bytes: number, signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const end = () => signal?.removeEventListener('abort', abort);
      const waiting: Waiting = {
        bytes,
        grant: () => {
          end();
          resolve();
        },
      };
      const abort = () => {
        end();
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal?.reason);
        this.#serve();
      };
      this.#waiting.push(waiting);
      signal?.addEventListener('abort', abort);
    });
  }

  #serve(): void {
    for (let head = this.#waiting[0]; head !== undefined && this.#fits(head.bytes); head = this.#waiting[0]) {
      this.#waiting.shift();
      this.#start(head.bytes);
      head.grant();
    }
  }
}
