import { InvalidArgumentError, type Option } from 'commander';
import type { Command } from './command.ts';

/** Headings of `verger --help`, in its order. */
export type CommandGroup = 'Runs' | 'Results' | 'Images' | 'Cluster' | 'This machine';

type CommandArgument = readonly [name: string, description: string];

/** One command: its words, its options, its examples, and where its code is. */
export interface CommandEntry {
  readonly name: string;
  readonly argument?: CommandArgument;
  /** Stands behind `argument`. */
  readonly secondArgument?: CommandArgument;
  /** What the argument may be, where that is one of few words. */
  readonly verbs?: readonly string[];
  readonly summary: string;
  /** The heading under which `verger --help` lists it. */
  readonly group: CommandGroup;
  /** Names of `OPTION_TABLE` that the command takes. `all`: every one. */
  readonly options: 'all' | readonly string[];
  readonly own?: readonly Option[];
  readonly examples: readonly string[];
  /** It runs until a signal ends it, and logs JSON lines to stderr, between which nothing else may stand. */
  readonly service?: true;
  readonly load: () => Promise<Command>;
}

/** A whole number from 1, for `argParser`. */
export const count = (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
};

/** A share above 0 and at most 1, for `argParser`. */
export const share = (text: string) => {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('It must be above 0 and at most 1.');
  return value;
};

/** A whole number from 0, for `argParser`. */
export const seed = (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError('It must be a whole number from 0.');
  return value;
};

/** RUN on a command line. */
export const RUN: CommandArgument = [
  '<run>',
  'a run folder, an output folder that holds one run, or OUTPUT#<id prefix>; all may be s3://…',
];
/** IMAGES on a command line. */
export const IMAGES: CommandArgument = ['<images>', 'a folder of images, or s3://BUCKET/PREFIX'];
/** Options of a PCA. */
export const PCA = ['variance', 'components', 'standardise', 'sparkCompatible'] as const;
/** Options of what finish makes. */
export const FINISH = ['csv', 'withImages', 'csvRaw', 'csvBom', 'maxBad'] as const;
/** Options of where a run and its images are. */
export const STORAGE = ['s3Endpoint', 's3PathStyle', 's3RequesterPays'] as const;
/** Options of the machine that works. */
export const MACHINE = ['processes', 'childMemory', 'imageCpu', 'weights', 'cache'] as const;
