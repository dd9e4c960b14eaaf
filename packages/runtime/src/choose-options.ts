import { VergerError } from '@verger/core';
import { CONFIG_FILE } from './config.ts';
import { maskSecrets } from './mask.ts';
import { didYouMean } from './nearest.ts';
import type { OptionEntry } from './option-entry.ts';
import { longFlag, OPTION_TABLE, type OptionName } from './option-table.ts';
import { readValue } from './read-value.ts';

/** Where options are written. */
export interface OptionInput {
  /**
   * Commander's `opts()`. Keys that are no option of the table are left alone: they are the command's own.
   */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The parsed configuration file, or undefined for none. */
  readonly file: unknown;
  /** Options without which the command cannot work. */
  readonly required?: readonly OptionName[];
}

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

const layersOf = ({ env, file }: OptionEntry): readonly Layer[] =>
  LAYERS.filter((layer) => layer === 'flag' || (env !== null && (layer === 'environment' || file !== false)));
const spelling = (entry: OptionEntry, layer: Layer) =>
  layer === 'flag' ? longFlag(entry) : layer === 'environment' ? entry.env : entry.name;
const source = (entry: OptionEntry, layer: Layer) => `${spelling(entry, layer)} (${layerText[layer]})`;

/**
 * All values that were given anywhere, read and judged. An empty variable and a null in the file mean "not
 * given".
 */
function collect(input: OptionInput, names: readonly OptionName[] | undefined, faults: string[]): Given[] {
  const file = (input.file ?? {}) as Record<string, unknown>;
  return tableOf(names).flatMap((entry) =>
    layersOf(entry).flatMap((layer) => {
      const raw =
        layer === 'flag'
          ? input.flags[entry.name]
          : layer === 'environment'
            ? input.env[entry.env ?? ''] || undefined
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
        faults.push(`${both.map(({ entry }) => source(entry, layer)).join(' and ')}: use only one of them`);
    }
  }
  return chosen;
}

function checkTogether(chosen: ReadonlyMap<OptionName, Given>, input: OptionInput, faults: string[]): void {
  for (const name of ['withImages', 'csvRaw', 'csvBom'] as const) {
    const one = chosen.get(name);
    if (one?.value === true && chosen.get('csv')?.value !== true)
      faults.push(`${source(one.entry, one.layer)}: this needs --csv`);
  }
  for (const name of ['detach', 'strict', 'deadline'] as const) {
    const one = chosen.get(name);
    if (one !== undefined && one.value !== false && !chosen.has('redis'))
      faults.push(`${source(one.entry, one.layer)}: this needs --redis`);
  }
  for (const name of input.required ?? []) {
    const entry = OPTION_TABLE.find((one) => one.name === name);
    if (entry !== undefined && !chosen.has(name))
      faults.push(`${source(entry, 'flag')}: this is required, here or as ${entry.env}`);
  }
}

function checkFileKeys(file: unknown, faults: string[]): void {
  if (file === undefined) return;
  if (file === null || typeof file !== 'object' || Array.isArray(file)) {
    faults.push(`${CONFIG_FILE}: this must be an object, such as { "variance": 0.9 }`);
    return;
  }
  const table: readonly OptionEntry[] = OPTION_TABLE;
  const known = table.filter((entry) => layersOf(entry).includes('file')).map(({ name }) => name);
  for (const key of Object.keys(file)) {
    const elsewhere = table.find(({ name, file: inFile }) => name === key && inFile === false);
    if (elsewhere !== undefined)
      faults.push(
        `${key} (${CONFIG_FILE}): this is taken from ${longFlag(elsewhere)} and ${elsewhere.env} only`,
      );
    else if (!known.includes(key))
      faults.push(`${key} (${CONFIG_FILE}): there is no such option${didYouMean(key, known)}`);
  }
}

const tableOf = (names: readonly OptionName[] | undefined): readonly OptionEntry[] =>
  names === undefined ? OPTION_TABLE : OPTION_TABLE.filter(({ name }) => names.includes(name));

/** What counts for each option that was written: flags > environment > file. */
export interface ChosenOptions {
  value(name: OptionName): unknown;
  has(name: OptionName): boolean;
  readonly names: ReadonlySet<OptionName>;
}

/**
 * Reads and judges every value that was written, also one that a higher layer overrides. Pure. With `names`
 * only those options are read and judged. Errors: one E_CONFIG whose detail lists all faults, one per line.
 */
export function chooseOptions(input: OptionInput, names?: readonly OptionName[]): ChosenOptions {
  const faults: string[] = [];
  if (names === undefined) checkFileKeys(input.file, faults);
  const isObject = typeof input.file === 'object' && !Array.isArray(input.file);
  const given = collect({ ...input, file: isObject ? input.file : undefined }, names, faults);
  const chosen = choose(given, faults);
  checkTogether(chosen, input, faults);
  if (faults.length > 0) {
    const detail = faults.map((fault) => `\n  ${fault}`).join('');
    throw new VergerError('E_CONFIG', {}, { detail });
  }
  return {
    value: (name) => chosen.get(name)?.value,
    has: (name) => chosen.has(name),
    names: new Set(chosen.keys()),
  };
}
