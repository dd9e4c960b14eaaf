import type { Clock, Logger } from '@verger/core';

/** At most one line of a kind in so many milliseconds. */
const EVERY_MS = 60_000;
/** A kind that does not come again within this is forgotten, with what was kept back of it. */
const FORGOTTEN_MS = 600_000;
/** Kinds of line that are told apart; what comes beyond counts as one. */
const KINDS = 8;
const OTHERS = 'others';

type Level = 'info' | 'warn';

/**
 * Says a line of a kind at once, and again at the soonest a minute later, with how often it was kept back in
 * between.
 */
export type Rarely = (
  kind: string,
  line: { readonly level: Level; readonly fields?: object; readonly message: string },
) => void;

/** A log in which what is repeated thousands of times has a line a minute. */
export function rarely(logger: Logger, clock: Pick<Clock, 'monotonicMs'>): Rarely {
  const told = new Map<string, { atMs: number; keptBack: number }>();
  return (kind, { level, fields = {}, message }) => {
    const nowMs = clock.monotonicMs();
    for (const [name, { atMs, keptBack }] of told)
      if (name !== kind && nowMs - atMs >= (keptBack === 0 ? EVERY_MS : FORGOTTEN_MS)) told.delete(name);
    const name = told.has(kind) || told.size < KINDS ? kind : OTHERS;
    const before = told.get(name);
    if (before !== undefined && nowMs - before.atMs < EVERY_MS) {
      before.keptBack += 1;
      return;
    }
    const keptBack = before?.keptBack ?? 0;
    told.set(name, { atMs: nowMs, keptBack: 0 });
    const more = keptBack === 0 ? {} : { again: keptBack + 1 };
    logger[level](
      { ...fields, ...more },
      keptBack === 0 ? message : `${keptBack + 1} times more: ${message}`,
    );
  };
}
