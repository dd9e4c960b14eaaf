/** One line of the error table. */
export interface ErrorEntry {
  /** One fixed sentence: also the `reason` in quarantine.jsonl. */
  readonly what: string;
  /** What the reader does next. */
  readonly next: string;
  /** Exit code of a command that ends with this error. An image error never ends a command. */
  readonly exit: 1 | 2 | 3 | 4 | 5 | 75 | 130;
  /**
   * `image`: in an image's bytes or name; quarantined at once. `environmental`: in the surroundings of an
   * image; retried before it is quarantined. `task`: may pass; the job is retried. `permanent`: a person must
   * act.
   */
  readonly kind: 'image' | 'environmental' | 'task' | 'permanent';
}

/** An error in an image's bytes or name: quarantined at once. */
export const image = (what: string, next: string) => ({ what, next, exit: 1, kind: 'image' }) as const;
/** An error in the surroundings of an image: retried before it is quarantined. */
export const environmental = (what: string, next: string) =>
  ({ what, next, exit: 1, kind: 'environmental' }) as const;
/** An error that may pass: the job is retried, and a command ends with 75. */
export const task = (what: string, next: string) => ({ what, next, exit: 75, kind: 'task' }) as const;
/** An error that a person must resolve: ends a command with that exit code, 1 unless it says so. */
export const permanent = <X extends ErrorEntry['exit'] = 1>(what: string, next: string, exit = 1 as X) =>
  ({ what, next, exit, kind: 'permanent' }) as const;
