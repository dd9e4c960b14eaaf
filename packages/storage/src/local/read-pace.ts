/** Reads that are judged together: one alone may be slow because this process had to wait for a core. */
const READS_TOGETHER = 32;
/** What they may take in all; more shows a disk or a network that is waited for. */
const QUICK_MS = 32;
/** Reads by other threads after slow ones, before the next are tried here. */
const READS_ELSEWHERE = 1024;

/**
 * Whether the next small file of a storage is read on this thread. From a file cache that takes 30 µs, where
 * a hop to another thread and back for each system call takes ten times as much of this one [M]; from a slow
 * disk or network it would hold up everything else.
 */
export class ReadPace {
  #elsewhere = 0;
  #reads = 0;
  #ms = 0;

  /**
   * True when the next read is to be made here. Counts down to the next try where the last ones were slow.
   */
  here(): boolean {
    if (this.#elsewhere === 0) return true;
    this.#elsewhere -= 1;
    return false;
  }

  /** What a read on this thread took. */
  took(ms: number): void {
    this.#reads += 1;
    this.#ms += ms;
    const slow = this.#ms > QUICK_MS;
    if (slow) this.#elsewhere = READS_ELSEWHERE;
    if (!slow && this.#reads < READS_TOGETHER) return;
    this.#reads = 0;
    this.#ms = 0;
  }
}
