/** A virtual clock: things to do at a time, done in order. */

interface Entry {
  readonly at: number;
  readonly number: number;
  readonly run: () => void;
}

const isBefore = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.number < b.number);

/** A clock that jumps from one event to the next; a binary heap. Times are seconds from the start. */
export class Clock {
  #now = 0;
  #count = 0;
  readonly #heap: Entry[] = [];

  get now(): number {
    return this.#now;
  }

  /** Has `run` called at a time, after what was planned for that time before. */
  at(seconds: number, run: () => void): void {
    const entry = { at: Math.max(seconds, this.#now), number: this.#count++, run };
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  /** Has `run` called so many seconds from now. */
  after(seconds: number, run: () => void): void {
    this.at(this.#now + seconds, run);
  }

  /** Does the next event; false when there is none up to `until`. */
  step(until: number): boolean {
    const first = this.#heap[0];
    if (first === undefined || first.at > until) return false;
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) this.#sink(last);
    this.#now = first.at;
    first.run();
    return true;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, entry)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = entry;
  }
}
