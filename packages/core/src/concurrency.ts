/**
 * Runs `body` over items with at most `width` at once. The first error stops the taking of items and is
 * thrown after all have ended.
 */
export async function forEachBounded<T>(
  items: Iterable<T> | AsyncIterable<T>,
  width: number,
  body: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let failure: { error: unknown } | undefined;
  const lane = async () => {
    while (failure === undefined) {
      try {
        const next = await iterator.next();
        if (next.done === true) return;
        await body(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, width) }, lane));
  if (failure === undefined) return;
  await iterator.return?.();
  throw failure.error;
}

/** Results in the order of the items, with at most `width` at once. */
export async function mapBounded<T, R>(
  items: readonly T[],
  width: number,
  body: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  await forEachBounded(items.entries(), width, async ([index, item]) => {
    results[index] = await body(item);
  });
  return results;
}

/**
 * Gives `width` results ahead of their reader, in order: reading and computing overlap, memory stays bounded.
 */
export async function* readAhead<T, R>(
  items: readonly T[],
  width: number,
  read: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const pending: Promise<R>[] = [];
  let next = 0;
  const fill = () => {
    while (next < items.length && pending.length < width) {
      const promise = read(items[next] as T);
      promise.catch(() => {}); // reported where it is awaited, below
      pending.push(promise);
      next += 1;
    }
  };
  fill();
  for (let head = pending.shift(); head !== undefined; head = pending.shift()) {
    const value = await head;
    fill();
    yield value;
  }
}

/**
 * A number of something (bytes, turns) that is handed out first come, first served. A request larger than all
 * of it gets all.
 */
export class Budget {
  private readonly total: number;
  private free: number;
  private readonly waiting: { amount: number; grant: () => void }[] = [];

  constructor(total: number) {
    this.total = total;
    this.free = total;
  }

  /** Waits for the amount; gives the function that returns it (once). */
  async take(wanted: number): Promise<() => void> {
    const amount = Math.min(wanted, this.total);
    if (this.waiting.length > 0 || amount > this.free) {
      await new Promise<void>((grant) => {
        this.waiting.push({ amount, grant });
      });
    } else this.free -= amount;
    let given = true;
    return () => {
      if (!given) return;
      given = false;
      this.free += amount;
      this.serve();
    };
  }

  private serve(): void {
    for (let head = this.waiting[0]; head !== undefined && head.amount <= this.free; head = this.waiting[0]) {
      this.free -= head.amount;
      this.waiting.shift();
      head.grant();
    }
  }
}

/** A promise with its two ends. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (error: unknown) => void;
}

/** A promise that somebody else settles. */
export function defer<T>(): Deferred<T> {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** What the promise gives, or what `late` gives when it takes longer than that. Errors: those of either. */
export async function within<T>(promise: Promise<T>, ms: number, late: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late()), ms);
  });
  try {
    return await Promise.race([promise, ended]);
  } finally {
    clearTimeout(timer);
  }
}
