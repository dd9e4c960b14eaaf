import { type Clock, type RunEvent, VergerError } from '@verger/core';
import type { JobQueue, JobState, RunRef } from '@verger/queue';
import { lookAtQueue } from './look-at-queue.ts';

/** In the queue, and will end by itself. */
export function isPending(state: JobState | undefined): boolean {
  return state === 'waiting' || state === 'waiting-children' || state === 'active' || state === 'delayed';
}

/**
 * Looks in a row that must find nothing before a run counts as lost: between a stage's end and the next one's
 * jobs nothing is lost.
 */
const LOOKS = 2;
/**
 * The same where a lead waits for jobs below it, and no job of any run is pending: what it waits for never
 * comes.
 */
const WEDGED_LOOKS = 5;
/** How long Redis may be away before the coordinator gives up; the run itself goes on when it is back. */
const AWAY_MS = 30 * 60_000;

/**
 * True when the queue still has an epoch of a run: whoever asks for the same needs no other epoch, which
 * would end what is under way.
 */
export async function isUnderWay(queue: Pick<JobQueue, 'jobStates'>, run: RunRef): Promise<boolean> {
  const { reduce, finish } = await queue.jobStates(run);
  return isPending(reduce) || isPending(finish);
}

/** What the queue knows of a run: it is under way, its lead jobs have ended, or it knows nothing of it. */
export type Standing = 'under way' | 'ended' | 'lost';

/** The queue that is looked at, and how often. */
export interface QueueWatchOptions {
  readonly queue: Pick<JobQueue, 'jobStates' | 'alive' | 'counts'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Milliseconds between two looks. Default: 3,000. */
  readonly queuePollMs?: number;
}

/** Looks at the queue now and then, and tells who is there. */
export class QueueWatch {
  private readonly options: QueueWatchOptions;
  private readonly emit: (event: RunEvent) => void;
  private lookedMs = Number.NEGATIVE_INFINITY;
  private idleLooks = 0;
  private wedgedLooks = 0;
  private awaySinceMs: number | undefined;
  private told = '';
  private toldAway = '';

  constructor(options: QueueWatchOptions, emit: (event: RunEvent) => void) {
    this.options = options;
    this.emit = emit;
  }

  /** After the run was submitted again. */
  reset(): void {
    this.idleLooks = 0;
    this.wedgedLooks = 0;
  }

  /**
   * The state of the run; `under way` between two looks and while Redis is away or refuses. Errors: E_REDIS_…
   * that does not heal, any other after half an hour.
   */
  async look(ref: RunRef): Promise<Standing> {
    const { queue, clock, queuePollMs = 3000 } = this.options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.lookedMs < queuePollMs) return 'under way';
    this.lookedMs = nowMs;
    try {
      const { reduce, finish } = await queue.jobStates(ref);
      const pending = await this.tellCluster(ref);
      if (this.awaySinceMs !== undefined) this.emit({ type: 'run:notice', text: 'Redis is back' });
      this.awaySinceMs = undefined;
      this.toldAway = '';
      if (isPending(reduce) || isPending(finish)) {
        this.idleLooks = 0;
        this.wedgedLooks = pending === 0 ? this.wedgedLooks + 1 : 0;
        return this.wedgedLooks < WEDGED_LOOKS ? 'under way' : 'lost';
      }
      this.idleLooks += 1;
      if (this.idleLooks < LOOKS) return 'under way';
      return reduce === 'absent' && finish === 'absent' ? 'lost' : 'ended';
    } catch (error) {
      this.away(error, nowMs);
      return 'under way';
    }
  }

  private away(error: unknown, nowMs: number): void {
    if (!(error instanceof VergerError) || error.permanent) throw error;
    this.awaySinceMs ??= nowMs;
    if (error.code !== this.toldAway) this.emit({ type: 'run:notice', text: awayWords(error) });
    this.toldAway = error.code;
    if (nowMs - this.awaySinceMs > AWAY_MS) throw error;
    this.idleLooks = 0;
  }

  /**
   * Tells who is there. Gives the number of jobs that are not at their end, of all runs, without those that
   * wait for others.
   */
  private async tellCluster({ location }: RunRef): Promise<number> {
    const { delayed, idle, troubles, ...seen } = await lookAtQueue(this.options.queue, location);
    this.emit({ type: 'cluster:seen', ...seen, ...(troubles.length === 0 ? {} : { troubles }) });
    const missing = idle.join('; ');
    if (missing !== this.told && missing !== '') this.emit({ type: 'run:notice', text: missing });
    this.told = missing;
    return seen.waiting + seen.active + delayed;
  }
}

/** A server that answers is not away: its words say what is wrong. */
function awayWords({ code, message }: VergerError): string {
  if (code === 'E_REDIS_UNREACHABLE') return `Redis does not answer (${code}); waiting for it`;
  return `Redis returns an error; the run is waiting: ${code}: ${message}`;
}
