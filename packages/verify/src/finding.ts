/** What a repair does about a finding. */
export type Mend =
  | 'derive'
  | 'sums'
  | 'adopt'
  | 'extract'
  | 'listing'
  | 'epoch'
  | 'print'
  | 'forget'
  | 'set-aside'
  | 'none';

/** One thing that was found in a run. Only faults make a run bad; a note is what a person should know. */
export interface Finding {
  readonly severity: 'fault' | 'note';
  /** Relative to the run folder. */
  readonly file: string;
  readonly partition: number | null;
  /** A sentence. */
  readonly what: string;
  readonly mend: Mend;
}

/** What `--repair` does, a sentence for each. */
export const MEND_WORDS: Readonly<Record<Mend, string>> = {
  derive: 'rebuilt from the features and sums',
  sums: 'rebuilt from the features',
  adopt: 'rebuilt from the features file',
  extract: 'extracted again from the images',
  listing: 'listed again, if the images have not changed',
  epoch: 'replaced by a record that says it was lost',
  print: 'written again: its own hash confirms its values',
  forget: 'removed: only history is lost',
  'set-aside': 'moved to set-aside/',
  none: 'none: it cannot be rebuilt',
};

/** Collects findings; each file is at fault once, for the first reason. */
export class Findings {
  readonly #all: Finding[] = [];
  readonly #faulty = new Set<string>();

  fault(file: string, what: string, mend: Mend, partition: number | null = null): void {
    if (this.#faulty.has(file)) return;
    this.#faulty.add(file);
    this.#all.push({ severity: 'fault', file, partition, what, mend });
  }

  note(file: string, what: string, partition: number | null = null): void {
    this.#all.push({ severity: 'note', file, partition, what, mend: 'none' });
  }

  has(file: string): boolean {
    return this.#faulty.has(file);
  }

  /** By partition and file, so that the list does not depend on which child was faster. */
  sorted(): Finding[] {
    return [...this.#all].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  }
}
