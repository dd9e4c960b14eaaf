/** The time over which a rate is measured: long enough to be steady, short enough to forget a wait. */
const WINDOW_MS = 15_000;
/** The least time between two samples. */
const GRAIN_MS = 100;
/** So many samples are kept, however old: a partition that is committed every minute gives a steady rate. */
const LEAST_SAMPLES = 7;

/** The recent speed of a count, without what was done before: a wait between attempts soon stops to count. */
export class Rate {
  private readonly looks: { atMs: number; done: number }[] = [];

  constructor(atMs: number, done: number) {
    this.looks.push({ atMs, done });
  }

  /** Records how many are done now. */
  seen(atMs: number, done: number): void {
    const last = this.looks.at(-1);
    const before = this.looks.at(-2);
    if (last !== undefined && before !== undefined && last.atMs - before.atMs < GRAIN_MS) this.looks.pop();
    this.looks.push({ atMs, done });
    while (this.looks.length > LEAST_SAMPLES && atMs - (this.looks[1]?.atMs ?? atMs) > WINDOW_MS) {
      this.looks.shift();
    }
  }

  /** That many of what is done were there already: they say nothing about the speed. */
  found(count: number): void {
    for (const look of this.looks) look.done += count;
  }

  /**
   * The count per second over the last 15 seconds or more; it falls while nothing has been done for longer.
   */
  perSecond(nowMs?: number): number {
    const [first] = this.looks;
    const last = this.looks.at(-1);
    if (first === undefined || last === undefined) return 0;
    const endMs = Math.max(last.atMs, (nowMs ?? 0) - WINDOW_MS);
    return endMs <= first.atMs ? 0 : ((last.done - first.done) * 1000) / (endMs - first.atMs);
  }
}
