import type { Clock } from '@verger/core';
import type { PageAnswer, PageRequest } from '../http/page.ts';
import { FRESH_MS } from './cached-run.ts';

const MOST_KEPT = 50;

/** A page, and whether the next viewer may have it too. */
export interface MadePage {
  readonly answer: PageAnswer;
  /** False while records are being read: the next look shows more. */
  readonly isKept: boolean;
}

/** Pages that were made within the last 2 s, for all viewers: 20 open tabs cost little more than one. */
export class KeptAnswers {
  private readonly clock: Pick<Clock, 'monotonicMs'>;
  private readonly kept = new Map<string, { readonly atMs: number; readonly made: Promise<MadePage> }>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.clock = clock;
  }

  /** The page of this address, made unless it is kept. Errors: those of `make`. */
  async get({ base, path, query }: PageRequest, make: () => Promise<MadePage>): Promise<PageAnswer> {
    const key = JSON.stringify([base, path, String(query)]);
    const nowMs = this.clock.monotonicMs();
    const known = this.kept.get(key);
    if (known !== undefined && nowMs - known.atMs < FRESH_MS) return (await known.made).answer;
    const made = make();
    this.kept.delete(key);
    this.kept.set(key, { atMs: nowMs, made });
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MOST_KEPT) break;
      this.kept.delete(oldest);
    }
    const drop = () => {
      if (this.kept.get(key)?.made === made) this.kept.delete(key);
    };
    try {
      const { answer, isKept } = await made;
      if (!isKept) drop();
      return answer;
    } catch (error) {
      drop();
      throw error;
    }
  }

  /** After an action: what is kept is no longer so. */
  clear(): void {
    this.kept.clear();
  }
}
