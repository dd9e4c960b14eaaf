import type { Command } from '../cli/command.ts';
import { serve } from '../serve.ts';

/** `verger worker`: extracts and projects partitions that a Redis queue hands out, until it is told to end. */
export const worker: Command = async (input) => {
  const { startWorker } = await import('@verger/cluster');
  return await serve(input, startWorker);
};
