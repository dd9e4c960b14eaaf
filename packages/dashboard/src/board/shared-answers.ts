import type { Clock } from '@verger/core';

/** How long an answer serves all viewers, milliseconds. */
const FRESH_MS = 2_000;
/** Answers that are kept: each may have some 100 kB. */
const MOST = 100;

/**
 * Answers by key, each made once and given to all who ask within 2 s, also while it is being made. A failed
 * one is not kept. At most 100 are.
 */
export class SharedAnswers<T> {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #answers = new Map<string, { readonly sinceMs: number; readonly answer: Promise<T> }>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  async get(key: string, make: () => Promise<T>): Promise<T> {
    const nowMs = this.#clock.monotonicMs();
    for (const [other, { sinceMs }] of this.#answers) {
      if (nowMs - sinceMs < FRESH_MS) break; // in the order of their age
      this.#answers.delete(other);
    }
    const known = this.#answers.get(key);
    if (known !== undefined) return await known.answer;
    const answer = make();
    const entry = { sinceMs: nowMs, answer };
    this.#answers.set(key, entry);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST && oldest !== undefined) this.#answers.delete(oldest);
    try {
      return await answer;
    } catch (error) {
      if (this.#answers.get(key) === entry) this.#answers.delete(key);
      throw error;
    }
  }
}
