import type { ErrorPlace, VergerError } from '@verger/core';
import type { S3Tuning } from './tuning.ts';

/** One call of which no answer has come that helps. */
export interface Wait {
  readonly operation: string;
  readonly place: ErrorPlace;
  readonly startedMs: number;
  /** What the newest attempt ended with. */
  newest: VergerError | undefined;
  /** When no further attempt is made, if none of them helps; undefined before the first has failed. */
  untilMs: number | undefined;
  toldMs: number | undefined;
}

/**
 * Tells of calls that take long, so that nobody waits for S3 without knowing it: of each after `noticeMs`,
 * then every
 * `noticeAgainMs`, all those of one look in one line, and never two lines within `noticeMs`. Looks four times
 * a `noticeMs`, and only while a call is under way.
 */
export class Waits {
  /** Takes the line; nothing is told while it is undefined. */
  listener: ((text: string) => void) | undefined;
  readonly #tuning: Pick<S3Tuning, 'noticeMs' | 'noticeAgainMs'>;
  readonly #waits = new Set<Wait>();
  #timer: NodeJS.Timeout | undefined;
  #servedMs = Number.NEGATIVE_INFINITY;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(tuning: Pick<S3Tuning, 'noticeMs' | 'noticeAgainMs'>) {
    this.#tuning = tuning;
  }

  /** A call that begins now. */
  begin(operation: string, place: ErrorPlace): Wait {
    const startedMs = performance.now();
    const wait = { operation, place, startedMs, newest: undefined, untilMs: undefined, toldMs: undefined };
    this.#waits.add(wait);
    this.#timer ??= setInterval(() => this.#look(), this.#tuning.noticeMs / 4).unref();
    return wait;
  }

  /** A good answer came to some call. */
  served(): void {
    this.#servedMs = performance.now();
  }

  /** Its end, whatever it was. The timer stays until it finds nothing: most calls take milliseconds. */
  end(wait: Wait): void {
    this.#waits.delete(wait);
  }

  #look(): void {
    if (this.#waits.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const nowMs = performance.now();
    const { noticeMs, noticeAgainMs } = this.#tuning;
    // What is not refused waits no longer than since others were served: there is only much to do.
    const sinceMs = ({ newest, startedMs }: Wait) =>
      newest === undefined ? Math.max(startedMs, this.#servedMs) : startedMs;
    const isLong = (wait: Wait) => nowMs - sinceMs(wait) >= noticeMs;
    const isDue = (wait: Wait) =>
      isLong(wait) && (wait.toldMs === undefined || nowMs - wait.toldMs >= noticeAgainMs);
    // A set keeps the order of its members: the first that is due is the oldest.
    const long = [...this.#waits].filter(isLong);
    const first = long.find(isDue);
    if (first === undefined || nowMs - this.#toldMs < noticeMs) return;
    this.#toldMs = nowMs;
    for (const wait of long) wait.toldMs = nowMs;
    this.listener?.(waitText(first, { nowMs, others: long.length - 1 }));
  }
}

function waitText(
  { operation, place, startedMs, newest, untilMs }: Wait,
  { nowMs, others }: { nowMs: number; others: number },
): string {
  const where = [place.location, place.path].filter((part) => part !== undefined).join('/');
  const said = newest === undefined ? 'no answer yet' : (newest.detail ?? newest.message).replace(/\.$/, '');
  const leftMs = untilMs === undefined ? undefined : untilMs - nowMs;
  const last = leftMs !== undefined && leftMs <= 0;
  const left = leftMs === undefined ? '' : last ? '; last attempt' : `; retrying for ${seconds(leftMs)} more`;
  const more = others > 0 ? ` (and ${others} more ${others === 1 ? 'request' : 'requests'})` : '';
  return `waiting for S3 for ${seconds(nowMs - startedMs)}: ${operation} of ${where}${more}: ${said}${left}`;
}

const seconds = (ms: number) => `${Math.max(1, Math.round(ms / 1000))} s`;
