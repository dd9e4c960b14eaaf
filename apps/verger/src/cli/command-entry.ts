import type { OptionEntry, OptionName } from '@verger/runtime';
import { InvalidArgumentError, type Option } from 'commander';
import type { Command } from './command.ts';

/** Headings of `verger --help`, in its order. */
export type CommandGroup = 'Runs' | 'Results' | 'Images' | 'Cluster' | 'This machine';

/** Help text of options, by their names in `OPTION_TABLE`. */
export type OptionWording = {
  readonly [Name in OptionName]?: Partial<Pick<OptionEntry, 'description' | 'defaultText'>>;
};

type CommandArgument = readonly [name: string, description: string];

/** One command: its arguments, its options, its examples, and where its code is. */
export interface CommandEntry {
  readonly name: string;
  readonly arguments?: readonly CommandArgument[];
  /** The values that the first argument may have, if there are only a few. */
  readonly verbs?: readonly string[];
  readonly summary: string;
  /** The heading under which `verger --help` lists it. */
  readonly group: CommandGroup;
  /** Names from `OPTION_TABLE` that the command takes; `all` for every one. */
  readonly options: 'all' | readonly string[];
  readonly own?: readonly Option[];
  /** What the help of this command says of options of the table, where it is not what the table says. */
  readonly wording?: OptionWording;
  readonly examples: readonly string[];
  /** Runs until a signal ends it, and logs only JSON lines to stderr. */
  readonly service?: true;
  readonly load: () => Promise<Command>;
}

const numberOf = (isGood: (value: number) => boolean, words: string) => (text: string) => {
  const value = Number(text);
  if (!isGood(value)) throw new InvalidArgumentError(`It must be ${words}.`);
  return value;
};

const wholeFrom = (least: number) =>
  numberOf((value) => Number.isInteger(value) && value >= least, `a whole number of at least ${least}`);

/** A whole number of at least 1, for `argParser`. */
export const count = wholeFrom(1);

/** A share greater than 0 and at most 1, for `argParser`. */
export const share = numberOf((value) => value > 0 && value <= 1, 'greater than 0 and at most 1');

/** A whole number of at least 0, for `argParser`. */
export const seed = wholeFrom(0);

/** The commands under one heading. */
export function under(group: CommandGroup, entries: readonly Omit<CommandEntry, 'group'>[]): CommandEntry[] {
  return entries.map((entry) => ({ ...entry, group }));
}

/** The RUN argument. */
export const RUN: CommandArgument = [
  '<run>',
  'a run folder, an output folder that holds one run, or OUTPUT#<id prefix>; each may be s3://…',
];
/** The IMAGES argument. */
export const IMAGES: CommandArgument = ['<images>', 'a folder of images, or s3://BUCKET/PREFIX'];
/** Options of a PCA. */
export const PCA = ['variance', 'components', 'standardise', 'sparkCompatible'] as const;
/** Options of the final files. */
export const FINISH = ['csv', 'withImages', 'csvRaw', 'csvBom', 'noReport', 'maxBad'] as const;
/** Options of where a run and its images are. */
export const STORAGE = ['s3Endpoint', 's3PathStyle', 's3RequesterPays'] as const;
/** Options of the queue. */
export const QUEUE = ['redis', 'queuePrefix'] as const;
/** Options of the child processes. */
export const CHILDREN = ['processes', 'childMemory', 'imageCpu', 'engine', 'tfjsNode'] as const;
/** Options of the machine that does the work. */
export const MACHINE = [...CHILDREN, 'weights', 'cache'] as const;
