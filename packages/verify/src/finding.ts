import { type Manifest, type RunFileKind, runFileOf, runLayout } from '@verger/core';

/** What a repair does about a finding. */
export type Repair = 'derive' | 'extract' | 'listing' | 'calibrate' | 'none';

/** One thing that was found in a run. Only faults make a run bad; a note is what a person should know. */
export interface Finding {
  readonly severity: 'fault' | 'note';
  /** Relative to the run folder. */
  readonly file: string;
  readonly partition: number | null;
  /** A sentence. */
  readonly what: string;
  readonly repair: Repair;
}

/** What `--repair` does, a sentence for each. */
export const REPAIR_WORDS: Readonly<Record<Repair, string>> = {
  derive: 'rebuilt from the rest of the run, or moved to set-aside/ if no run has a file of this name',
  extract: 'extracted again from the images',
  listing: 'listed again, if the images have not changed',
  calibrate: 'measured again on the images, if that gives the same bytes',
  none: 'none: it cannot be rebuilt',
};

function repairOf(kind: RunFileKind | undefined): Repair {
  if (kind === 'features') return 'extract';
  if (kind === 'listing') return 'listing';
  if (kind === 'calibration') return 'calibrate';
  return kind === 'givenModel' ? 'none' : 'derive';
}

/**
 * Collects findings; each file is at fault once, for the first reason. What repairs a file, and its
 * partition, follow from its name.
 */
export class Findings {
  readonly #all: Finding[] = [];
  readonly #faulty = new Set<string>();
  readonly #nameOf: (file: string) => ReturnType<typeof runFileOf>;

  constructor({ partDigits, partitions }: Pick<Manifest, 'partDigits' | 'partitions'>) {
    const layout = runLayout(partDigits);
    this.#nameOf = (file) => runFileOf(file, layout, partitions.length);
  }

  /** `repair` says so where no repair of such a file helps. */
  fault(file: string, what: string, repair?: 'none'): void {
    if (this.#faulty.has(file)) return;
    this.#faulty.add(file);
    const name = this.#nameOf(file);
    const partition = name?.kind === 'epoch' || name?.kind === 'cancelled' ? null : (name?.number ?? null);
    this.#all.push({ severity: 'fault', file, partition, what, repair: repair ?? repairOf(name?.kind) });
  }

  note(file: string, what: string): void {
    this.#all.push({ severity: 'note', file, partition: null, what, repair: 'none' });
  }

  has(file: string): boolean {
    return this.#faulty.has(file);
  }

  /** By partition and file, so that the list does not depend on which child was faster. */
  sorted(): Finding[] {
    return [...this.#all].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  }
}
