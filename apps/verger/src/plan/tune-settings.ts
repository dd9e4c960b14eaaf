import type { Precision } from '@verger/core';

/** Numbers of processes that are tried at most. */
const MOST_SETTINGS = 6;
/** A smaller number of processes is as good when it is that close to the best. */
const AS_GOOD = 0.97;
const MIB = 2 ** 20;

/** What one number of processes gave. */
export interface Measured {
  readonly processes: number;
  readonly imagesPerSecond: number;
  /** Until all children were ready. */
  readonly startMs: number;
  /** CPU time over wall time, this process and its children together. */
  readonly coresUsed: number;
  /** Peak resident memory of each child. */
  readonly childBytes: readonly number[];
}

/** What one number of processes gave, with which precision. */
export interface TuneResult extends Measured {
  readonly precision: Precision;
  /** Over the physical cores that the processes can fill. */
  readonly imagesPerSecondPerCore: number;
}

/** What the processes of this program may keep busy. */
export interface Cores {
  /** Hardware threads. */
  readonly threads: number;
  /** Physical cores: fewer than threads on a machine with hyper-threads. */
  readonly cores: number;
}

/**
 * The numbers of processes that are tried: all from 1 to one more than the threads, or six of them spread over
 * a large machine. One a core and one a thread are always among them.
 */
export function tuneCounts({ threads, cores }: Cores): number[] {
  const all = Array.from({ length: threads + 1 }, (_, index) => index + 1);
  if (all.length <= MOST_SETTINGS) return all;
  const spread = [threads / 4, threads / 2, (threads * 3) / 4].map(Math.round);
  const nearest = spread.reduce((best, one) => (Math.abs(one - cores) < Math.abs(best - cores) ? one : best));
  const between = cores === threads ? spread : spread.map((one) => (one === nearest ? cores : one));
  return [...new Set([1, ...between, threads, threads + 1])].sort((a, b) => a - b);
}

/**
 * Those tried with int8, which costs the same again: the best of float32 first, without which there is nothing
 * to compare, then one, one a core and one a thread.
 */
export function int8Counts({ threads, cores }: Cores, bestOfFloat32: number): number[] {
  return [...new Set([bestOfFloat32, 1, cores, threads])];
}

/** A measurement with its precision, and its rate over the physical cores that the processes can fill. */
export function perCore(measured: Measured, precision: Precision, { cores }: Cores): TuneResult {
  const used = Math.min(measured.processes, cores);
  return { precision, ...measured, imagesPerSecondPerCore: measured.imagesPerSecond / used };
}

/** A number of processes, and the memory of a child in MiB. */
export interface Suggestion {
  readonly processes: number;
  readonly childMemoryMib: number;
}

/** What is suggested for int8, and its rate over the best of float32; or why nothing is. */
export type Int8Choice =
  | { readonly suggestion: Suggestion; readonly timesFloat32: number }
  | { readonly suggestion: null; readonly reason: string };

/** Int8 is suggested only where it was measured with the best number of processes of float32, and is faster. */
export function suggestInt8(
  { float32, int8 }: Record<Precision, readonly Measured[]>,
  memoryLimitBytes: number,
): Int8Choice {
  const best = suggest(float32, memoryLimitBytes).processes;
  if (!int8.some(({ processes }) => processes === best))
    return { suggestion: null, reason: `${best} processes were not measured` };
  const suggestion = suggest(int8, memoryLimitBytes);
  const own = int8.find(({ processes }) => processes === suggestion.processes);
  const timesFloat32 =
    (own?.imagesPerSecond ?? 0) / Math.max(...float32.map(({ imagesPerSecond }) => imagesPerSecond));
  if (timesFloat32 > 1) return { suggestion, timesFloat32 };
  return { suggestion: null, reason: `${timesFloat32.toFixed(2)} times the images/s of float32` };
}

/**
 * The fewest processes that are within 3 % of the best, and twice the memory that a child of them took, in
 * steps of 64 MiB.
 */
export function suggest(results: readonly Measured[], memoryLimitBytes: number): Suggestion {
  const best = Math.max(...results.map(({ imagesPerSecond }) => imagesPerSecond));
  const good = results.filter(({ imagesPerSecond }) => imagesPerSecond >= best * AS_GOOD);
  const chosen = good.reduce((least, one) => (one.processes < least.processes ? one : least));
  const twice = (2 * Math.max(0, ...chosen.childBytes)) / MIB;
  const share = (memoryLimitBytes * 0.75) / chosen.processes / MIB;
  // Half a GiB at least: a photograph of 50 million pixels needs 300 MiB that a sample of small ones does not
  // show.
  const wanted = Math.min(Math.max(512, Math.ceil(twice / 64) * 64), Math.floor(share / 64) * 64);
  return { processes: chosen.processes, childMemoryMib: Math.max(256, wanted) };
}
