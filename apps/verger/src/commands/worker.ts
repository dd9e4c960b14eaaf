import type { Command } from '../cli/command.ts';
import { serve } from '../cli/serve.ts';

/** `verger worker`: extracts and projects partitions from a Redis queue until it is told to end. */
export const worker: Command = async (input) => {
  const { startWorker } = await import('@verger/cluster');
  return await serve(input, startWorker);
};
