import type { ConsumeOptions, Consumer, QueueOptions } from './types.ts';

/** Connects, checks the server as `openQueue` does, and takes jobs until drained or closed. */
export async function consume(queue: QueueOptions, options: ConsumeOptions): Promise<Consumer> {
  throw new Error(`not yet: ${queue.name} ${options.kinds}`);
}
