import { type DecodeLimits, decodeLimitsOf, type Precision } from '@verger/core';
import { type FoundWeights, findSource, type Network, networkFrom, openImages } from '@verger/driver';
import { cpuLimit, memoryLimitBytes, physicalCores, type ResolvedConfig } from '@verger/runtime';
import { type CommandInput, show } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { checkInt8Here, type Int8Check } from '../plan/int8-check.ts';
import { measureProcesses, tuneImages } from '../plan/tune.ts';
import { calibrateOn } from '../plan/tune-int8.ts';
import {
  type Cores,
  int8Counts,
  perCore,
  type Suggestion,
  suggest,
  suggestInt8,
  type TuneResult,
  tuneCounts,
} from '../plan/tune-settings.ts';
import { type Tuned, type TunedInt8, tuneText } from '../print/tune-text.ts';

/** The time for all measurements together; with starting and warming up it is below a minute. */
const MEASURED_SECONDS = 28;
const LONGEST_SECONDS = 7;
/** After this, no further measurement is started: a busy machine takes long to start children. */
const LAST_BEGUN_MS = 45_000;
/** After this, none of float32 where int8 is to be measured, too. */
const LAST_FLOAT32_MS = 35_000;
/** Below this share of the CPU time they could use, the processes competed with something else. */
const QUIET_SHARE = 0.7;

interface Session {
  readonly input: CommandInput;
  readonly config: ResolvedConfig;
  readonly images: readonly Uint8Array[];
  readonly limits: DecodeLimits | undefined;
  readonly cores: Cores;
  readonly startedMs: number;
}

interface Series {
  readonly precision: Precision;
  readonly network: Pick<Network, 'network' | 'fingerprint'>;
  readonly counts: readonly number[];
  /** Of each measurement. */
  readonly seconds: number;
  /** When the last one may begin, after the start of the session. */
  readonly lastBegunMs: number;
}

/** One precision with each number of processes, as long as there is time. */
async function measureSeries(session: Session, series: Series): Promise<TuneResult[]> {
  const { input, config, images, limits, cores, startedMs } = session;
  const { precision, network, counts, seconds, lastBegunMs } = series;
  const { out, logger, signal } = input;
  const results: TuneResult[] = [];
  for (const processes of counts) {
    if (performance.now() - startedMs > lastBegunMs) break;
    out.note(
      `measuring ${precision}, ${processes} of ${counts.join(', ')} processes, for ${seconds.toFixed(0)} s`,
    );
    const options = { ...config.operational, init: network, processes, logger };
    const measured = await measureProcesses(options, { images, limits, seconds, signal });
    results.push(perCore(measured, precision, cores));
  }
  return results;
}

async function openSession(input: CommandInput, config: ResolvedConfig): Promise<Session> {
  const { flags, signal } = input;
  const folder = typeof flags['images'] === 'string' ? flags['images'] : undefined;
  // Before anything decodes in this process, which would block the drawing.
  const { extraction } = config;
  const given = folder === undefined ? undefined : openImages(input, { images: folder, extraction });
  const images = await tuneImages(given, config, signal);
  const cores = { threads: cpuLimit(), cores: physicalCores() };
  return { input, config, images, limits: decodeLimitsOf(extraction), cores, startedMs: performance.now() };
}

/** The measurements of both precisions, and the numbers of processes that were meant to be measured. */
async function measureBoth(session: Session, found: FoundWeights, check: Int8Check) {
  const { cores, config, images, limits, input } = session;
  const { logger, signal } = input;
  const counts = tuneCounts(cores);
  const ofInt8 = check.usable ? int8Counts(cores, cores.threads).length : 0;
  const seconds = Math.min(LONGEST_SECONDS, MEASURED_SECONDS / (counts.length + ofInt8) / 1.25);
  const network = await networkFrom(found);
  const lastBegunMs = check.usable ? LAST_FLOAT32_MS : LAST_BEGUN_MS;
  const first = { precision: 'float32', network, counts, seconds, lastBegunMs } as const;
  const float32 = await measureSeries(session, first);
  if (!check.usable) return { float32, int8: [], counts: { float32: counts, int8: [] } };
  const best = suggest(float32, memoryLimitBytes()).processes;
  const tried = int8Counts(cores, best);
  const sample = { source: found.source, images, limits, signal };
  const quantised = await networkFrom(found, await calibrateOn({ ...config.operational, logger }, sample));
  const ofBoth = { seconds, lastBegunMs: LAST_BEGUN_MS };
  const series = { precision: 'int8', network: quantised, counts: tried, ...ofBoth } as const;
  return { float32, int8: await measureSeries(session, series), counts: { float32: counts, int8: tried } };
}

/** Whether int8 can be measured: by this CPU, and with the engine that is chosen. */
async function checkHere({ operational: { engine } }: ResolvedConfig): Promise<Int8Check> {
  if (engine === 'onnxruntime') return await checkInt8Here();
  return { usable: false, detail: `--engine ${engine} has no int8` };
}

const optionsOf = ({ processes, childMemoryMib }: Suggestion) => ({
  processes,
  childMemory: `${childMemoryMib}MiB`,
});

function int8Found(results: Record<Precision, readonly TuneResult[]>, check: Int8Check): TunedInt8 {
  if (!check.usable) return { measured: false, reason: check.detail };
  if (results.int8.length === 0) return { measured: false, reason: 'there was no time left' };
  const choice = suggestInt8(results, memoryLimitBytes());
  if (choice.suggestion === null) return { measured: true, ...choice };
  return { measured: true, ...choice, suggestion: optionsOf(choice.suggestion) };
}

/**
 * `verger doctor --tune`: measures the best number of processes for this machine, on real extraction, with
 * float32 and, where the CPU can, with int8.
 */
export async function tune(input: CommandInput, config: ResolvedConfig): Promise<number> {
  const begunMs = performance.now();
  const session = await openSession(input, config);
  const weights = { ...config.operational, otherwise: 'untrained' } as const;
  const { value: found } = await drive(input, (driver) => findSource(driver, weights));
  const check = await checkHere(config);
  const { counts, ...measured } = await measureBoth(session, found, check);
  const ofInt8 = measured.int8.toSorted((a, b) => a.processes - b.processes);
  const results = [...measured.float32, ...ofInt8];
  const untried = (['float32', 'int8'] as const).flatMap((precision) =>
    counts[precision].slice(measured[precision].length).map((processes) => ({ precision, processes })),
  );
  const { cores } = session;
  const isBusy = (one: TuneResult) => one.coresUsed < QUIET_SHARE * Math.min(one.processes, cores.threads);
  const tuned: Tuned = {
    ...{ images: session.images.length, results, untried, ...cores },
    source: typeof input.flags['images'] === 'string' ? input.flags['images'] : 'drawings of the orchard',
    busy: results.some(isBusy),
    suggestion: optionsOf(suggest(measured.float32, memoryLimitBytes())),
    int8: int8Found(measured, check),
    tookMs: performance.now() - begunMs,
  };
  show(input, tuned, () => tuneText(tuned));
  return 0;
}
