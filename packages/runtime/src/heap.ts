import { setFlagsFromString } from 'node:v8';

/** Of the process that a user starts, and of a child of it. */
export const HEAP_GROWTH = { program: 500, child: 400 } as const;

/**
 * Lets the heap grow by `percent` between two full collections. V8 counts the bytes of typed arrays to a
 * heap, so that one that stays at 15 MB is marked whole for every 8 MB of pixels or sums that pass through: a
 * fifteenth of all CPU time of `extract`. Costs memory: up to that much more of what lives. Called once, as
 * early as possible.
 */
export function letHeapGrow(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}
