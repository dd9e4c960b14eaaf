import { join } from 'node:path';
import {
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
  VergerError,
} from '@verger/core';
import { CONFIG_FILE } from './config.ts';
import { type Machine, readMachine } from './machine.ts';
import { maskSecrets } from './mask.ts';
import { didYouMean } from './nearest.ts';
import type { OptionEntry } from './option-entry.ts';
import { longFlag, OPTION_TABLE, type OptionName } from './option-table.ts';
import { readValue } from './read-value.ts';

/** Options as inner code sees them: nothing optional, nothing unchecked. `label` is the rule as written (`csv:FILE`). */
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

export interface ConfigInput {
  /** Commander's `opts()`. Keys that are no option of the table are left alone: they are the command's own. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The parsed configuration file, or undefined for none. */
  readonly file: unknown;
  /** Options without which the command cannot work. */
  readonly required?: readonly OptionName[];
  /** What the defaults depend on. Default: this machine, which is then read. */
  readonly machine?: Machine;
  /** Of a command on a run that is there: what that run opens, which its children need memory for. */
  readonly opened?: Pick<ExtractionOptions, 'maxPixels' | 'formats'> | undefined;
}

/** Where options are written. */
type Written = Pick<ConfigInput, 'flags' | 'env' | 'file'>;

const LAYERS = ['flag', 'environment', 'file'] as const;
type Layer = (typeof LAYERS)[number];
const layerText: Record<Layer, string> = { flag: 'flag', environment: 'environment', file: CONFIG_FILE };

interface Given {
  readonly entry: OptionEntry;
  readonly layer: Layer;
  readonly value: unknown;
}

/** Of these one may be given; a higher layer's choice sets the lower layers' aside. */
const EXCLUSIVE: readonly (readonly OptionName[])[] = [
  ['variance', 'components'],
  ['partitions', 'partitionSize'],
];

/** Variables that are no options but are ours. */
const OTHER_VARIABLES: readonly string[] = ['VERGER_DEBUG', 'VERGER_SHARED', 'VERGER_REQUIRE_SHARED'];

const spelling = (entry: OptionEntry, layer: Layer) =>
  layer === 'flag' ? longFlag(entry) : layer === 'environment' ? entry.env : entry.name;
const source = (entry: OptionEntry, layer: Layer) => `${spelling(entry, layer)} (${layerText[layer]})`;

/** All values that were given anywhere, read and judged. An empty variable and a null in the file mean "not given". */
function collect(table: readonly OptionEntry[], input: Written, faults: string[]): Given[] {
  const isObject = typeof input.file === 'object' && input.file !== null && !Array.isArray(input.file);
  const file = (isObject ? input.file : {}) as Record<string, unknown>;
  return table.flatMap((entry) =>
    LAYERS.flatMap((layer) => {
      const raw =
        layer === 'flag'
          ? input.flags[entry.name]
          : layer === 'environment'
            ? input.env[entry.env] || undefined
            : Object.hasOwn(file, entry.name)
              ? (file[entry.name] ?? undefined)
              : undefined;
      if (raw === undefined) return [];
      const judged = entry.schema.safeParse(readValue(entry.kind, raw));
      if (judged.success && judged.data !== null) return [{ entry, layer, value: judged.data }];
      const text = maskSecrets(JSON.stringify(raw) ?? String(raw)).slice(0, 100);
      const shown = entry.secret === true ? '' : `, not ${text}`;
      faults.push(`${source(entry, layer)}: this must be ${entry.expects}${shown}`);
      return [];
    }),
  );
}

/** The value that counts for each option: the highest layer's. */
function choose(given: readonly Given[], faults: string[]): Map<OptionName, Given> {
  const chosen = new Map<OptionName, Given>();
  for (const layer of LAYERS) {
    const here = given.filter((one) => one.layer === layer);
    const taken = new Set(chosen.keys());
    for (const one of here) {
      const name = one.entry.name as OptionName;
      const rivals = EXCLUSIVE.find((group) => group.includes(name)) ?? [name];
      if (!rivals.some((rival) => taken.has(rival))) chosen.set(name, one);
    }
    for (const group of EXCLUSIVE) {
      const both = here.filter(({ entry }) => group.includes(entry.name as OptionName));
      if (both.length > 1)
        faults.push(`${both.map(({ entry }) => source(entry, layer)).join(' and ')}: give only one of them`);
    }
  }
  return chosen;
}

/** All faults at once. Errors: E_CONFIG. */
function refuse(faults: readonly string[]): void {
  if (faults.length === 0) return;
  const detail = faults.map((fault) => `\n  ${fault}`).join('');
  throw new VergerError('E_CONFIG', {}, { detail });
}

/** What was chosen of some options alone: the others are neither read nor judged. Errors: E_CONFIG. */
export function chooseAmong(table: readonly OptionEntry[], input: Written): ReadonlyMap<OptionName, Given> {
  const faults: string[] = [];
  const chosen = choose(collect(table, input, faults), faults);
  refuse(faults);
  return chosen;
}

function checkTogether(chosen: ReadonlyMap<OptionName, Given>, input: ConfigInput, faults: string[]): void {
  for (const name of ['withImages', 'csvRaw', 'csvBom'] as const) {
    const one = chosen.get(name);
    if (one?.value === true && chosen.get('csv')?.value !== true)
      faults.push(`${source(one.entry, one.layer)}: this needs --csv`);
  }
  for (const name of input.required ?? []) {
    const entry = OPTION_TABLE.find((one) => one.name === name);
    if (entry !== undefined && !chosen.has(name))
      faults.push(`${source(entry, 'flag')}: this must be given, here or as ${entry.env}`);
  }
}

function checkFileKeys(file: unknown, faults: string[]): void {
  if (file === undefined) return;
  if (file === null || typeof file !== 'object' || Array.isArray(file)) {
    faults.push(`${CONFIG_FILE}: this must be an object, such as { "variance": 0.9 }`);
    return;
  }
  const known: readonly string[] = OPTION_TABLE.map(({ name }) => name);
  for (const key of Object.keys(file))
    if (!known.includes(key))
      faults.push(`${key} (${CONFIG_FILE}): there is no such option${didYouMean(key, known)}`);
}

function unknownVariables(env: ConfigInput['env']): string[] {
  const known: readonly string[] = [...OPTION_TABLE.map((entry) => entry.env), ...OTHER_VARIABLES];
  return Object.keys(env)
    .filter((name) => name.startsWith('VERGER_') && env[name] !== undefined && !known.includes(name))
    .sort()
    .map((name) => `${name} (environment) is not known and was ignored${didYouMean(name, known)}`);
}

/** XDG Base Directory Specification: a relative XDG_CACHE_HOME is to be ignored. Null where nothing names a place. */
function cacheFolder(env: ConfigInput['env'], machineHome: string | undefined): string | null {
  const cache = env['XDG_CACHE_HOME'] ?? '';
  if (cache.startsWith('/')) return join(cache, 'verger');
  const home = env['HOME'] || machineHome;
  return home === undefined ? null : join(home, '.cache', 'verger');
}

const GIB = 2 ** 30;

/** 1 GiB, or what the largest image needs, or an equal part of three quarters of the memory where that is less; at least 256 MiB. */
function defaultChildMemory(processes: number, memoryLimitBytes: number, needed: number): number {
  const share = Math.floor((memoryLimitBytes * 0.75) / processes);
  return Math.min(Math.max(GIB, needed), Math.max(GIB / 4, share));
}

/** Memory of a child for an image of that many pixels, of the most wasteful kind (AVIF, else a progressive JPEG): docs/images.md. */
const bytesForPixels = (pixels: number, formats: readonly ExtraFormat[] = []) =>
  GIB / 4 + pixels * (formats.includes('avif') ? 19 : 13);

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
  const then = 'such images then go to quarantine as E_IMG_MEMORY';
  if (onWorkers) return [`${image}: start workers with --child-memory ${mib}MiB or more, or ${then}`];
  return childMemory >= needed ? [] : [`${image}, more than --child-memory: ${then}`];
}

/** What is opened beyond the defaults, and the globs that hold when none are given. */
function openedOf(chosen: ReadonlyMap<OptionName, Given>) {
  const { maxPixels, formats } = extractionOptionsSchema
    .pick({ maxPixels: true, formats: true })
    .parse({ maxPixels: chosen.get('maxPixels')?.value, formats: chosen.get('formats')?.value });
  const globs = [...DEFAULT_GLOB, ...(formats ?? []).flatMap((format) => EXTRA_GLOBS[format])];
  return { maxPixels, formats, globs };
}

/**
 * Written options as checked ones: flags > environment > file > defaults. Pure when `machine` is given. Every value that was given
 * is checked, also one that a higher layer overrides. Errors: one E_CONFIG whose detail lists all faults, a line each.
 */
export function resolveConfig(input: ConfigInput): ResolvedConfig {
  const faults: string[] = [];
  checkFileKeys(input.file, faults);
  const chosen = choose(collect(OPTION_TABLE, input, faults), faults);
  checkTogether(chosen, input, faults);
  refuse(faults);
  const machine = input.machine ?? readMachine();
  const value = (name: OptionName, otherwise: unknown) => chosen.get(name)?.value ?? otherwise;
  const processes = Number(value('processes', machine.cpuLimit));
  const { maxPixels, formats, globs } = openedOf(chosen);
  const opened = input.opened ?? { maxPixels, formats };
  const needed = bytesForPixels(opened.maxPixels ?? DEFAULT_MAX_PIXELS, opened.formats);
  const childMemory = Number(
    value('childMemory', defaultChildMemory(processes, machine.memoryLimitBytes, needed)),
  );
  return {
    extraction: extractionOptionsSchema.parse({
      glob: value('glob', globs),
      label: value('label', 'parent'),
      limit: value('limit', null),
      sample: value('sample', null),
      seed: value('seed', 1),
      partitions: value('partitions', null),
      partitionSize: value('partitionSize', null),
      ...(value('followLinks', false) === true ? { followLinks: true } : {}),
      ...(maxPixels === undefined ? {} : { maxPixels }),
      ...(formats === undefined ? {} : { formats }),
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
      maxBad: value('maxBad', DEFAULT_MAX_BAD),
    }),
    operational: operationalOptionsSchema.parse({
      output: value('output', 'verger-output'),
      name: value('name', null),
      processes,
      childMemoryBytes: childMemory,
      imageCpuSeconds: value('imageCpu', DEFAULT_IMAGE_CPU_SECONDS),
      weights: value('weights', null),
      customWeights: value('customWeights', false),
      cacheDir: value('cache', cacheFolder(input.env, machine.home)),
      redis: value('redis', null),
      queuePrefix: value('queuePrefix', DEFAULT_QUEUE_PREFIX),
      priority: value('priority', 'normal'),
      allowRoots: value('allowRoot', []),
      health: value('health', null),
      graceSeconds: value('grace', 30),
      workerName: value('workerName', null),
    }),
    given: new Set(chosen.keys()),
    warnings: [
      ...unknownVariables(input.env),
      ...memoryWarnings(opened.maxPixels, { needed, childMemory, onWorkers: chosen.has('redis') }),
    ],
  };
}
