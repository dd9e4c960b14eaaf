/** Over which time a rate is measured: long enough to be calm, short enough to forget a wait. */
const WINDOW_MS = 15_000;
/** Looks that are kept at most: one every 100 ms of the window. */
const GRAIN_MS = 100;

/** How fast something counts up lately: a wait between attempts, or images that were there already, soon count no more. */
export class Rate {
  private readonly looks: { atMs: number; done: number }[] = [];

  constructor(atMs: number, done: number) {
    this.looks.push({ atMs, done });
  }

  /** Says how many are done by now. */
  seen(atMs: number, done: number): void {
    const last = this.looks.at(-1);
    const before = this.looks.at(-2);
    if (last !== undefined && before !== undefined && last.atMs - before.atMs < GRAIN_MS) this.looks.pop();
    this.looks.push({ atMs, done });
    while (this.looks.length > 2 && atMs - (this.looks[1]?.atMs ?? atMs) > WINDOW_MS) this.looks.shift();
  }

  /** How many a second, over the last 15 seconds at most. */
  perSecond(): number {
    const [first] = this.looks;
    const last = this.looks.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
    return ((last.done - first.done) * 1000) / (last.atMs - first.atMs);
  }
}
