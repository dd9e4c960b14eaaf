/** When a run is to be done: `--deadline 30m`, `--deadline 18:30`. */
import { formatDuration } from './printable.ts';

const UNITS = { s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** A year: whoever writes more has mistaken the unit. */
const LONGEST_MS = 366 * 86_400_000;

/** What `readDeadline` reads, completing "this must be …". */
export const DEADLINE_WORDS = 'a time from now such as 30m or 2h, or a time of day such as 18:30';

/**
 * The moment that a text names, epoch milliseconds: `90s`, `30m`, `1.5h` and `2d` from now, `18:30` as the
 * next such time of this machine's clock, or an ISO time with its zone. Undefined for any other text, for
 * what is past, and for more than a year ahead.
 */
export function readDeadline(text: string, nowMs: number): number | undefined {
  const atMs = momentOf(text.trim(), nowMs);
  return atMs !== undefined && atMs > nowMs && atMs - nowMs <= LONGEST_MS ? atMs : undefined;
}

/** How far off a deadline is: `in 5 min 00 s`, `12.0 s ago`. */
export function formatDeadlineSpan(deadline: string, nowMs: number): string {
  const leftMs = Date.parse(deadline) - nowMs;
  const span = formatDuration(Math.abs(leftMs));
  return leftMs < 0 ? `${span} ago` : `in ${span}`;
}

function momentOf(text: string, nowMs: number): number | undefined {
  const span = /^(\d+(?:\.\d+)?)\s*(s|m|min|h|d)$/i.exec(text);
  if (span !== null) {
    const unit = UNITS[(span[2] ?? 's').toLowerCase() as keyof typeof UNITS];
    return Math.round(nowMs + Number(span[1]) * unit);
  }
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (clock !== null) return nextTimeOfDay(nowMs, Number(clock[1]), Number(clock[2]));
  const isMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)$/i.test(text);
  const atMs = isMoment ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** Today or tomorrow; where the clock is changed in between, the hands of the clock count. */
function nextTimeOfDay(nowMs: number, hours: number, minutes: number): number {
  const at = new Date(nowMs);
  at.setHours(hours, minutes, 0, 0);
  if (at.getTime() <= nowMs) at.setDate(at.getDate() + 1);
  return at.getTime();
}
