import { type Clock, type Logger, VergerError } from '@verger/core';
import type { Consumer, JobQueue } from '@verger/queue';

/** When a process counts as stuck. */
export interface WatchdogOptions {
  readonly queue: Pick<JobQueue, 'counts'>;
  readonly consumer: Pick<Consumer, 'active' | 'lastTakenMs' | 'connected'>;
  readonly kinds: 'work' | 'reduce';
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds without a job, while jobs wait and Redis answers, after which the process is stuck. */
  readonly limitMs: number;
}

/**
 * Looks a tenth of the limit apart; ends the process's `done` with E_WORKER_STUCK, so that its supervisor
 * starts another. Gives what ends the watch.
 */
export function startWatchdog(options: WatchdogOptions, stuck: (error: VergerError) => void): () => void {
  const { queue, consumer, kinds, clock, logger, limitMs } = options;
  let idleSinceMs: number | undefined;
  let lastTakenMs = consumer.lastTakenMs;
  let looking = false;
  const look = async () => {
    const nowMs = clock.monotonicMs();
    const busy = consumer.active > 0 || consumer.lastTakenMs !== lastTakenMs || !consumer.connected;
    lastTakenMs = consumer.lastTakenMs;
    if (busy) {
      idleSinceMs = undefined;
      return;
    }
    const { extract, project, reduce } = await queue.counts();
    const waiting = kinds === 'work' ? extract.waiting + project.waiting : reduce.waiting;
    if (waiting === 0) idleSinceMs = undefined;
    else idleSinceMs ??= nowMs;
    if (idleSinceMs === undefined || nowMs - idleSinceMs < limitMs) return;
    const seconds = Math.round((nowMs - idleSinceMs) / 1000);
    const detail = `${waiting} jobs are waiting, but none was taken for ${seconds} s.`;
    stuck(new VergerError('E_WORKER_STUCK', {}, { detail }));
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch((error: unknown) =>
        logger.debug({ error: String(error) }, 'the watchdog could not check the queue'),
      )
      .finally(() => {
        looking = false;
      });
  }, limitMs / 10);
  timer.unref();
  return () => clearInterval(timer);
}
