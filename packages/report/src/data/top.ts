/** The few highest of very many. */
export class Top<T> {
  readonly #most: number;
  readonly #kept: { readonly score: number; readonly value: T }[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** True for a score that would be kept now. A score that is no number never is. */
  takes(score: number): boolean {
    const { length } = this.#kept;
    if (Number.isNaN(score) || this.#most === 0) return false;
    return length < this.#most || score > (this.#kept[length - 1]?.score ?? 0);
  }

  /** Of equal scores the one that came first is kept, and is before the others. */
  offer(score: number, value: () => T): void {
    if (!this.takes(score)) return;
    let at = this.#kept.length;
    while (at > 0 && (this.#kept[at - 1]?.score ?? 0) < score) at -= 1;
    this.#kept.splice(at, 0, { score, value: value() });
    if (this.#kept.length > this.#most) this.#kept.pop();
  }

  /** The highest first. */
  get kept(): readonly { readonly score: number; readonly value: T }[] {
    return this.#kept;
  }
}
