import { type Alive, PROTOCOL, type QueueReader } from '@verger/queue';
import type { ProcessCounts, QueueFigures } from './figures.ts';

/** What is asked of the queue's reader. */
export type AskedReader = Pick<QueueReader, 'counts' | 'alive' | 'oldestWaiting' | 'memory'>;

/** The figures of Redis. Seven commands. Errors: E_REDIS_…. */
export async function readQueueFigures(reader: AskedReader): Promise<QueueFigures> {
  const [counts, all, oldestMs, memory] = await Promise.all([
    reader.counts(),
    reader.alive(),
    reader.oldestWaiting(),
    reader.memory(),
  ]);
  const processes = { worker: countsOf(all, 'worker'), reducer: countsOf(all, 'reducer') };
  return { counts, oldestMs, processes, ...memory };
}

/** Those that understand our jobs. */
function countsOf(all: readonly Alive[], role: 'worker' | 'reducer'): ProcessCounts {
  const ours = all.filter((one) => one.role === role && one.protocol === PROTOCOL);
  return { alive: ours.length, troubled: ours.filter(({ trouble }) => trouble !== undefined).length };
}
