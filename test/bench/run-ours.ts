import { runBuilt } from '@verger/testkit/built';

/**
 * What one program took in one round. Times in milliseconds; totals are of the whole process, from its start
 * to its end.
 */
export interface Round {
  readonly images: number;
  readonly k: number;
  readonly extractMs: number;
  readonly totalMs: number;
  /** From the start of the process to its first image; undefined where the program does not tell. */
  readonly firstImageMs: number | undefined;
}

/** One run of the built `verger` into a new output. `weights` as on the command line. */
export async function runOurs(
  images: string,
  output: string,
  options: { readonly weights: string; readonly processes: number },
): Promise<Round> {
  const started = performance.now();
  const outcome = await runBuilt<{
    extracted: number;
    k: number;
    firstImageMs: number;
    stages: { extract: { wallMs: number } };
  }>([
    ...['run', images, '--output', output, '--weights', options.weights],
    ...['--processes', String(options.processes)],
  ]);
  const totalMs = performance.now() - started;
  const { extracted, k, firstImageMs, stages } = outcome;
  return { images: extracted, k, extractMs: stages.extract.wallMs, totalMs, firstImageMs };
}
