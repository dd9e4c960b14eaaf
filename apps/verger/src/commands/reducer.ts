import type { Command } from '../cli/command.ts';
import { serve } from '../cli/serve.ts';

/** `verger reducer`: merges sums, fits and finishes runs from a Redis queue until it is told to end. */
export const reducer: Command = async (input) => {
  const { startReducer } = await import('@verger/cluster');
  return await serve(input, startReducer);
};
