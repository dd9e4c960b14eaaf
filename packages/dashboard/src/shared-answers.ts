import type { Clock } from '@verger/core';
import { FRESH_MS } from '@verger/run-index';

/** What is kept of answers. */
export interface SharedOptions<T> {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Answers that are kept: each may have some 100 kB. */
  readonly most: number;
  /** False for an answer that the next viewer may not have. Default: all may be shared. */
  isShared?(answer: T): boolean;
}

/**
 * Answers by key, each made once and given to all who ask within 2 s, also while it is being made: 20 open
 * tabs cost little more than one. A failed one is not kept.
 */
export class SharedAnswers<T> {
  readonly #options: SharedOptions<T>;
  readonly #answers = new Map<string, { readonly sinceMs: number; readonly answer: Promise<T> }>();

  constructor(options: SharedOptions<T>) {
    this.#options = options;
  }

  async get(key: string, make: () => Promise<T>): Promise<T> {
    const { clock, most, isShared = () => true } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const [other, { sinceMs }] of this.#answers) {
      if (nowMs - sinceMs < FRESH_MS) break; // in the order of their age
      this.#answers.delete(other);
    }
    const known = this.#answers.get(key);
    if (known !== undefined) return await known.answer;
    const entry = { sinceMs: nowMs, answer: make() };
    this.#answers.set(key, entry);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > most && oldest !== undefined) this.#answers.delete(oldest);
    let isKept = false;
    try {
      const answer = await entry.answer;
      isKept = isShared(answer);
      return answer;
    } finally {
      if (!isKept && this.#answers.get(key) === entry) this.#answers.delete(key);
    }
  }

  /** Forgets all: something was changed from here. */
  clear(): void {
    this.#answers.clear();
  }
}
