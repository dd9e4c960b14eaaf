import { setFlagsFromString } from 'node:v8';

/** Percent, of the process that a user starts, and of a child of it. */
export const HEAP_GROWTH = { program: 500, child: 400 } as const;

/** Bytes of bytecode; V8's own is 67,584. */
const INTERRUPT_BUDGET = 1_000_000;

/**
 * Settings of V8 for processes whose work is in native code and WebAssembly. Called once, as early as
 * possible.
 *
 * The heap may grow by `heapGrowth` percent between two full collections. V8 counts the bytes of typed arrays
 * to it, so that one that stays at 15 MB is marked whole for every 8 MB of pixels or sums that pass through:
 * a fifteenth of all CPU time of `extract`. Costs memory: up to that much more of what lives.
 *
 * A function is compiled for speed only after it has run fifteen times as much as V8 would wait for:
 * compiling took a second in each process, for functions that are not worth it. The versions of V8 after Node
 * 20's count calls in place of bytes, and keep their own rule.
 */
export function setV8Flags(heapGrowth: number): void {
  setFlagsFromString(`--heap-growing-percent=${heapGrowth}`);
  if (process.versions.v8.startsWith('11.')) setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}
