import { join } from 'node:path';
import {
  DEFAULT_CALIBRATION_IMAGES,
  DEFAULT_GLOB,
  DEFAULT_IMAGE_CPU_SECONDS,
  DEFAULT_MAX_BAD,
  DEFAULT_MAX_PIXELS,
  DEFAULT_QUEUE_PREFIX,
  DEFAULT_VARIANCE,
  EXTRA_GLOBS,
  type ExtractionOptions,
  type ExtraFormat,
  extractionOptionsSchema,
  type FinishOptions,
  finishOptionsSchema,
  type OperationalOptions,
  operationalOptionsSchema,
  type PcaOptions,
  pcaOptionsSchema,
} from '@verger/core';
import { type ChosenOptions, chooseOptions, type OptionInput } from './choose-options.ts';
import { type Machine, readMachine } from './machine.ts';
import { didYouMean } from './nearest.ts';
import { OPTION_TABLE, type OptionName } from './option-table.ts';
import { SECRET_FILE_VARIABLES } from './secret-files.ts';

/**
 * Options as inner code sees them: nothing optional, nothing unchecked. `label` is the rule as written
 * (`csv:FILE`).
 */
export interface ResolvedConfig {
  readonly extraction: ExtractionOptions;
  readonly pca: PcaOptions;
  readonly finish: FinishOptions;
  readonly operational: OperationalOptions;
  /** Options that were written anywhere; the others have their defaults. */
  readonly given: ReadonlySet<OptionName>;
  /** What was ignored, one sentence each. */
  readonly warnings: readonly string[];
}

/** What `resolveConfig` reads. */
export interface ConfigInput extends OptionInput {
  /** What the defaults depend on. Default: this machine, which is then read. */
  readonly machine?: Machine;
  /** Of a command on a run that is there: what that run opens, which its children need memory for. */
  readonly opened?: Pick<ExtractionOptions, 'maxPixels' | 'formats'> | undefined;
}

/** Variables that are no options but are ours. */
const OTHER_VARIABLES: readonly string[] = [
  'VERGER_DEBUG',
  'VERGER_PROGRAM',
  'VERGER_SHARED',
  'VERGER_REQUIRE_SHARED',
];

function unknownVariables(env: OptionInput['env']): string[] {
  const options = OPTION_TABLE.flatMap(({ env: name }) => name ?? []);
  const known = [...options, ...SECRET_FILE_VARIABLES, ...OTHER_VARIABLES];
  return Object.keys(env)
    .filter((name) => name.startsWith('VERGER_') && env[name] !== undefined && !known.includes(name))
    .sort()
    .map((name) => `${name} (environment) is unknown and was ignored${didYouMean(name, known)}`);
}

/**
 * XDG Base Directory Specification: a relative XDG_CACHE_HOME is to be ignored. Null where nothing names a
 * place.
 */
function cacheFolder(env: OptionInput['env'], machineHome: string | undefined): string | null {
  const cache = env['XDG_CACHE_HOME'] ?? '';
  if (cache.startsWith('/')) return join(cache, 'verger');
  const home = env['HOME'] || machineHome;
  return home === undefined ? null : join(home, '.cache', 'verger');
}

/**
 * A Redis URL with the password that the variable has for the same user, server and database: commands that
 * verger prints name the queue without it.
 */
function withPassword(url: unknown, variable: string | undefined): unknown {
  const bare = variable?.replace(/^(rediss?:\/\/[^:@/]+):[^@/]*@/i, '$1@').replace(/\/$/, '');
  return url === bare && variable !== undefined ? variable : url;
}

const GIB = 2 ** 30;

/**
 * 1 GiB, or what the largest image needs, or an equal part of three quarters of the memory where that is
 * less; at least 256 MiB.
 */
function defaultChildMemory(processes: number, memoryLimitBytes: number, needed: number): number {
  const share = Math.floor((memoryLimitBytes * 0.75) / processes);
  return Math.min(Math.max(GIB, needed), Math.max(GIB / 4, share));
}

/**
 * Memory of a child for an image of that many pixels, of the most wasteful kind (AVIF, else a progressive
 * JPEG): docs/images.md.
 */
const bytesForPixels = (pixels: number, formats: readonly ExtraFormat[] = []) =>
  GIB / 4 + pixels * (formats.includes('avif') ? 19 : 13);

/** What a child with TensorFlow needs beyond one with another engine (docs/engines.md). */
const TENSORFLOW_BYTES = GIB / 4;

function memoryWarnings(
  maxPixels: number | undefined,
  {
    needed,
    childMemory,
    onWorkers,
  }: { readonly needed: number; readonly childMemory: number; readonly onWorkers: boolean },
): string[] {
  if (maxPixels === undefined) return [];
  const mib = Math.ceil(needed / 2 ** 20);
  const image = `an image of ${maxPixels.toLocaleString('en')} pixels (--max-pixels) may need ${mib} MiB`;
  const then = 'such images go to quarantine as E_IMG_MEMORY';
  if (onWorkers) return [`${image}: start workers with --child-memory ${mib}MiB or more, otherwise ${then}`];
  return childMemory >= needed ? [] : [`${image}, more than --child-memory: ${then}`];
}

/** What is opened beyond the defaults, and the globs that hold when none are given. */
function openedOf(chosen: ChosenOptions) {
  const { maxPixels, formats } = extractionOptionsSchema
    .pick({ maxPixels: true, formats: true })
    .parse({ maxPixels: chosen.value('maxPixels'), formats: chosen.value('formats') });
  const globs = [...DEFAULT_GLOB, ...(formats ?? []).flatMap((format) => EXTRA_GLOBS[format])];
  return { maxPixels, formats, globs };
}

/**
 * Written options as checked ones: flags > environment > file > defaults. Pure when `machine` is given. How
 * S3 is reached is resolved by `resolveS3`, when it is needed. Errors: E_CONFIG, see `chooseOptions`.
 */
export function resolveConfig(input: ConfigInput): ResolvedConfig {
  const chosen = chooseOptions(input);
  const machine = input.machine ?? readMachine();
  const value = (name: OptionName, otherwise: unknown) => chosen.value(name) ?? otherwise;
  const opened = openedOf(chosen);
  const { operational, warnings } = operationalOf(chosen, { input, machine, opened });
  return {
    extraction: extractionOptionsSchema.parse({
      glob: value('glob', opened.globs),
      label: value('label', 'parent'),
      limit: value('limit', null),
      sample: value('sample', null),
      seed: value('seed', 1),
      partitions: value('partitions', null),
      partitionSize: value('partitionSize', null),
      ...(value('followLinks', false) === true ? { followLinks: true } : {}),
      ...(opened.maxPixels === undefined ? {} : { maxPixels: opened.maxPixels }),
      ...(opened.formats === undefined ? {} : { formats: opened.formats }),
    }),
    pca: pcaOptionsSchema.parse({
      variance: value('variance', chosen.has('components') ? null : DEFAULT_VARIANCE),
      components: value('components', null),
      standardise: value('standardise', false),
      sparkCompatible: value('sparkCompatible', false),
    }),
    finish: finishOptionsSchema.parse({
      csv: value('csv', false),
      withImages: value('withImages', false),
      csvRaw: value('csvRaw', false),
      ...(value('csvBom', false) === true ? { csvBom: true } : {}),
      ...(value('noReport', false) === true ? { htmlReport: false } : {}),
      maxBad: value('maxBad', DEFAULT_MAX_BAD),
    }),
    operational,
    given: chosen.names,
    warnings: [...unknownVariables(input.env), ...warnings],
  };
}

/** Options of this process, and what is to be said of its memory. */
function operationalOf(
  chosen: ChosenOptions,
  { input, machine, opened }: { input: ConfigInput; machine: Machine; opened: ReturnType<typeof openedOf> },
) {
  const value = (name: OptionName, otherwise: unknown) => chosen.value(name) ?? otherwise;
  const processes = Number(value('processes', machine.cpuLimit));
  const { maxPixels, formats } = input.opened ?? opened;
  const engine = value('engine', 'onnxruntime');
  const ofEngine = engine === 'tfjs-node' ? TENSORFLOW_BYTES : 0;
  const needed = bytesForPixels(maxPixels ?? DEFAULT_MAX_PIXELS, formats) + ofEngine;
  const share = defaultChildMemory(processes, machine.memoryLimitBytes, needed);
  const childMemory = Number(value('childMemory', share));
  const operational = operationalOptionsSchema.parse({
    output: value('output', 'verger-output'),
    name: value('name', null),
    processes,
    childMemoryBytes: childMemory,
    imageCpuSeconds: value('imageCpu', DEFAULT_IMAGE_CPU_SECONDS),
    engine,
    tfjsNode: value('tfjsNode', null),
    weights: value('weights', null),
    customWeights: value('customWeights', false),
    cacheDir: value('cache', cacheFolder(input.env, machine.home)),
    redis: withPassword(value('redis', null), input.env['VERGER_REDIS_URL']),
    queuePrefix: value('queuePrefix', DEFAULT_QUEUE_PREFIX),
    priority: value('priority', 'normal'),
    allowRoots: value('allowRoot', []),
    health: value('health', null),
    graceSeconds: value('grace', 30),
    workerName: value('workerName', null),
    instanceType: value('instanceType', null),
    deadline: value('deadline', null),
    detach: value('detach', false),
    strict: value('strict', false),
    reuse: value('reuse', null),
    precision: value('precision', 'float32'),
    calibrationImages: value('calibrationImages', DEFAULT_CALIBRATION_IMAGES),
  });
  return {
    operational,
    warnings: memoryWarnings(maxPixels, { needed, childMemory, onWorkers: chosen.has('redis') }),
  };
}
