import { type Clock, within } from '@verger/core';

/** How often a question is asked, and how long whoever wants the answer waits. */
export interface RarelyOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** An answer serves everybody for so long, from when it was asked for. */
  readonly keepMs: number;
  /** Longer than this nobody waits. */
  readonly limitMs: number;
}

/**
 * A question that is asked at most once in `keepMs`, and never twice at a time. Undefined: no answer in time,
 * or an error instead of one, which `failed` is told of.
 */
export function askedRarely<T>(
  ask: () => Promise<T>,
  failed: (error: unknown) => void,
  { clock, keepMs, limitMs }: RarelyOptions,
): () => Promise<T | undefined> {
  let answer: Promise<T | undefined> | undefined;
  let under = false;
  let askedMs = 0;
  return async () => {
    const nowMs = clock.monotonicMs();
    if (answer === undefined || (!under && nowMs - askedMs >= keepMs)) {
      askedMs = nowMs;
      under = true;
      answer = ask()
        .catch((error: unknown) => {
          failed(error);
          return undefined;
        })
        .finally(() => {
          under = false;
        });
    }
    return await within(answer, limitMs, async () => undefined);
  };
}
