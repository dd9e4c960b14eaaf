import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@verger/core';

/** How long a login is valid, milliseconds. */
export const SESSION_MS = 12 * 3_600_000;
/** Logins that are remembered; the oldest ends when there are more. */
const MOST = 1_000;

/** Who is logged in. Only digests of ids are kept. */
export class Sessions {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #ends = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** A new session: its id, 256 random bits in base64url. */
  open(): string {
    const id = randomBytes(32).toString('base64url');
    this.#ends.set(digest(id), this.#clock.monotonicMs() + SESSION_MS);
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > MOST && oldest !== undefined) this.#ends.delete(oldest);
    return id;
  }

  has(id: string): boolean {
    const key = digest(id);
    const end = this.#ends.get(key);
    if (end === undefined) return false;
    if (end > this.#clock.monotonicMs()) return true;
    this.#ends.delete(key);
    return false;
  }

  end(id: string): void {
    this.#ends.delete(digest(id));
  }
}

const digest = (id: string) => createHash('sha256').update(id).digest('base64url');
