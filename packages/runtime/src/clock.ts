import type { Clock } from '@verger/core';

/** The machine's clocks. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  now: () => new Date().toISOString(),
};
