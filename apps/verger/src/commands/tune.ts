import { decodeLimitsOf } from '@verger/core';
import { findWeights, openImages } from '@verger/driver';
import { cpuLimit, memoryLimitBytes, type ResolvedConfig } from '@verger/runtime';
import type { CommandInput } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { measureProcesses, suggest, type TuneResult, tuneCounts, tuneImages } from '../plan/tune.ts';
import { formatBytes, formatTable } from '../print/text.ts';

/** Of all measurements together; starting children and warming up comes on top, together below a minute. */
const MEASURED_SECONDS = 28;
const LONGEST_SECONDS = 7;
/** After this no further number of processes is begun: a busy machine takes long to start children. */
const LAST_BEGUN_MS = 45_000;
/** CPU time that its processes got, of what they could use, below which something else had the machine. */
const QUIET_SHARE = 0.7;

/** `verger doctor --tune`: measures how many processes serve this machine best, on real extraction, and says so. Exit code 0. */
export async function tune(input: CommandInput, config: ResolvedConfig): Promise<number> {
  const { flags, json, out, logger, signal } = input;
  const folder = typeof flags['images'] === 'string' ? flags['images'] : undefined;
  // Before anything decodes in this process: that blocks the drawing.
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
  if (json)
    out.print(JSON.stringify({ images: images.length, source, results, untried, busy, suggestion }, null, 1));
  else
    out.print(
      tuneText(results, { suggestion, source: `${images.length} images (${source})`, busy, untried }),
    );
  return 0;
}

function tuneText(
  results: readonly TuneResult[],
  {
    suggestion,
    source,
    busy,
    untried,
  }: {
    suggestion: { processes: number; childMemory: string };
    source: string;
    busy: boolean;
    untried: readonly number[];
  },
): string {
  const best = Math.max(...results.map(({ imagesPerSecond }) => imagesPerSecond));
  const rows = results.map(({ processes, imagesPerSecond, coresUsed, childBytes, startMs }) => [
    String(processes),
    imagesPerSecond.toFixed(1),
    `${((imagesPerSecond / best) * 100).toFixed(0)} %`,
    coresUsed.toFixed(1),
    formatBytes(Math.max(...childBytes)),
    `${(startMs / 1000).toFixed(1)} s`,
  ]);
  const head = ['processes', 'images/s', 'of best', 'cores used', 'memory a child', 'start'];
  return [
    `extraction of ${source}, over and over`,
    '',
    formatTable([head, ...rows], [0, 1, 2, 3, 4, 5]),
    '',
    `suggested   --processes ${suggestion.processes} --child-memory ${suggestion.childMemory}`,
    `or, in verger.config.json: ${JSON.stringify(suggestion)}`,
    ...(untried.length > 0 ? [`not tried, for lack of time: ${untried.join(', ')} processes`] : []),
    ...(busy ? ['WARNING: something else had the machine; measure again when it is quiet.'] : []),
  ].join('\n');
}
