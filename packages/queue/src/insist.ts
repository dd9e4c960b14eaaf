import { isAnswer } from './redis-errors.ts';
import type { Asker, Refusals } from './refusals.ts';

/**
 * How often a server that refuses it is told what became of a job, and how far apart: less than a lock lasts.
 */
const TRIES = 20;
const AGAIN_MS = 1_000;

/** Where refusals are told, and paused for. */
export type Insisting = Pick<Refusals, 'met' | 'well' | 'pause'>;

/**
 * Asks again while the server answers with an error, 20 times within 20 s; after an abort only the first try
 * is made. Errors: the last answer; at once what is no answer.
 */
export async function insist<T>(
  refusals: Insisting,
  { asker, queue, signal }: { readonly asker: Asker; readonly queue: string; readonly signal: AbortSignal },
  question: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await question();
      refusals.well(asker, queue);
      return answer;
    } catch (error) {
      if (!isAnswer(error)) throw error;
      const pauseMs = refusals.met(asker, error, queue);
      if (tries >= TRIES || signal.aborted) throw error;
      await refusals.pause(Math.min(AGAIN_MS, pauseMs), signal);
    }
  }
}
