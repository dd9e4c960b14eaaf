import { decodeLimitsOf, formatBytes } from '@verger/core';
import { findWeights, openImages } from '@verger/driver';
import { cpuLimit, memoryLimitBytes, type ResolvedConfig } from '@verger/runtime';
import { type CommandInput, show } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { measureProcesses, suggest, type TuneResult, tuneCounts, tuneImages } from '../plan/tune.ts';
import { formatTable } from '../print/text.ts';

/** The time for all measurements together; with starting and warming up it is below a minute. */
const MEASURED_SECONDS = 28;
const LONGEST_SECONDS = 7;
/** After this, no further measurement is started: a busy machine takes long to start children. */
const LAST_BEGUN_MS = 45_000;
/** Below this share of the CPU time they could use, the processes competed with something else. */
const QUIET_SHARE = 0.7;

/** `verger doctor --tune`: measures the best number of processes for this machine, on real extraction. */
export async function tune(input: CommandInput, config: ResolvedConfig): Promise<number> {
  const { flags, out, logger, signal } = input;
  const folder = typeof flags['images'] === 'string' ? flags['images'] : undefined;
  // Before anything decodes in this process, which would block the drawing.
  const { extraction } = config;
  const given = folder === undefined ? undefined : openImages(input, { images: folder, extraction });
  const images = await tuneImages(given, config, signal);
  const { operational } = config;
  const weights = { ...operational, otherwise: 'untrained' } as const;
  const { value: network } = await drive(input, (driver) => findWeights(driver, weights));
  const limits = decodeLimitsOf(config.extraction);
  const counts = tuneCounts(cpuLimit());
  const seconds = Math.min(LONGEST_SECONDS, MEASURED_SECONDS / counts.length / 1.25);
  const results: TuneResult[] = [];
  const startedMs = performance.now();
  for (const processes of counts) {
    if (performance.now() - startedMs > LAST_BEGUN_MS) break;
    out.note(`measuring ${processes} of ${counts.join(', ')} processes for ${seconds.toFixed(0)} s`);
    const options = { ...operational, init: network, processes, logger };
    results.push(await measureProcesses(options, { images, limits, seconds, signal }));
  }
  const cores = cpuLimit();
  const busy = results.some((one) => one.coresUsed < QUIET_SHARE * Math.min(one.processes, cores));
  const untried = counts.slice(results.length);
  const { processes, childMemoryMib } = suggest(results, memoryLimitBytes());
  const suggestion = { processes, childMemory: `${childMemoryMib}MiB` };
  const source = folder ?? 'drawings of the orchard';
  const result = { images: images.length, source, results, untried, busy, suggestion };
  show(input, result, () => tuneText(result));
  return 0;
}

interface Tuned {
  readonly images: number;
  readonly source: string;
  readonly results: readonly TuneResult[];
  readonly untried: readonly number[];
  readonly busy: boolean;
  readonly suggestion: { readonly processes: number; readonly childMemory: string };
}

function tuneText({ images, source, results, untried, busy, suggestion }: Tuned): string {
  const best = Math.max(...results.map(({ imagesPerSecond }) => imagesPerSecond));
  const rows = results.map(({ processes, imagesPerSecond, coresUsed, childBytes, startMs }) => [
    String(processes),
    imagesPerSecond.toFixed(1),
    `${((imagesPerSecond / best) * 100).toFixed(0)} %`,
    coresUsed.toFixed(1),
    formatBytes(Math.max(...childBytes)),
    `${(startMs / 1000).toFixed(1)} s`,
  ]);
  const head = ['processes', 'images/s', 'of best', 'cores used', 'memory per child', 'start'];
  return [
    `repeated extraction of ${images} images (${source})`,
    '',
    formatTable([head, ...rows], [0, 1, 2, 3, 4, 5]),
    '',
    `suggested   --processes ${suggestion.processes} --child-memory ${suggestion.childMemory}`,
    `or, in verger.config.json: ${JSON.stringify(suggestion)}`,
    ...(untried.length > 0 ? [`not measured, for lack of time: ${untried.join(', ')} processes`] : []),
    ...(busy ? ['WARNING: the machine was busy with something else; measure again when it is idle.'] : []),
  ].join('\n');
}
