/** One line of the error table. */
export interface ErrorEntry {
  /** One fixed sentence: also the `reason` in quarantine.jsonl. */
  readonly what: string;
  /** What the reader does next. */
  readonly next: string;
  /** Exit code of a command that ends with this error. Image codes end none. */
  readonly exit: 1 | 2 | 3 | 4 | 5 | 75 | 130;
  /**
   * `image`: found in an image's bytes or name, quarantined at once. `environmental`: found around an image,
   * tried again before it is quarantined. `task`: may heal, the job is tried again. `permanent`: cannot heal by itself.
   */
  readonly kind: 'image' | 'environmental' | 'task' | 'permanent';
}

/** Found in an image's bytes or name: quarantined at once. */
export const image = (what: string, next: string) => ({ what, next, exit: 1, kind: 'image' }) as const;
/** Found around an image: tried again before it is quarantined. */
export const environmental = (what: string, next: string) =>
  ({ what, next, exit: 1, kind: 'environmental' }) as const;
/** May heal: the job is tried again, and a command ends with 75. */
export const task = (what: string, next: string) => ({ what, next, exit: 75, kind: 'task' }) as const;
/** Cannot heal by itself: ends a command with that exit code. */
export const permanent = <X extends ErrorEntry['exit']>(exit: X, what: string, next: string) =>
  ({ what, next, exit, kind: 'permanent' }) as const;
