import { fileURLToPath } from 'node:url';
import type { Precision } from '@verger/core';
import { costOf } from './cost.ts';

const BIN = fileURLToPath(new URL('../../apps/verger/bin/verger.js', import.meta.url));

/**
 * What one program took in one round. Times in milliseconds; totals are of the whole process, from its start
 * to its end. Undefined: the program does not tell.
 */
export interface Round {
  readonly images: number;
  readonly k: number;
  readonly extractMs: number;
  readonly totalMs: number;
  /** User and system time of the process and its children. */
  readonly cpuMs?: number | undefined;
  /** From the start of the process to its first image. */
  readonly firstImageMs?: number | undefined;
}

/** One run of the built `verger` into a new output. `weights` as on the command line. */
export async function runOurs(
  images: string,
  output: string,
  options: { readonly weights: string; readonly processes: number; readonly precision?: Precision },
): Promise<Round> {
  const { weights, processes, precision } = options;
  const { wallMs, cpuMs, stdout } = await costOf(BIN, [
    ...['run', images, '--output', output, '--weights', weights, '--processes', String(processes)],
    ...(precision === undefined ? [] : ['--precision', precision]),
  ]);
  const { extracted, k, firstImageMs, stages } = JSON.parse(stdout) as {
    extracted: number;
    k: number;
    firstImageMs: number;
    stages: { extract: { wallMs: number } };
  };
  return { images: extracted, k, extractMs: stages.extract.wallMs, totalMs: wallMs, cpuMs, firstImageMs };
}
