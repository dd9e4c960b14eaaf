import type { z } from 'zod';
import type { ValueKind } from './read-value.ts';

/** One option: its flag, variable and key, its help text and its schema. */
export interface OptionEntry<Name extends string = string> {
  /** The key in verger.config.json, and of commander's `opts()`. */
  readonly name: Name;
  /** Which part of the resolved configuration it belongs to: the first two are part of the run id. */
  readonly group: 'extraction' | 'pca' | 'finish' | 'operational';
  /** As commander takes it. */
  readonly flag: string;
  /**
   * Null: said on the command line only, because it is about one command; no variable or file may name it for
   * all.
   */
  readonly env: string | null;
  /** False: no key of the file, which comes with a folder, may say it. */
  readonly file?: false;
  /** One line of `--help`. */
  readonly description: string;
  /** The default, for a person. */
  readonly defaultText: string;
  /** A `list` flag may be repeated: its values are collected. Commander's `...` would swallow IMAGES. */
  readonly kind: ValueKind;
  /** Completes the sentence "this must be …". */
  readonly expects: string;
  /** The value may hold a password: errors never show it. */
  readonly secret?: true;
  /** Checks the value once it is read. */
  readonly schema: z.ZodType;
}

/** An option as its list writes it: a text in the variable VERGER_ and its name, unless it says otherwise. */
type OptionRow<Name extends string> = Omit<OptionEntry<Name>, 'group' | 'env' | 'kind'> &
  Partial<Pick<OptionEntry, 'env' | 'kind'>>;

/** The options of one group. */
export function optionsOf<const Name extends string>(
  group: OptionEntry['group'],
  rows: readonly OptionRow<Name>[],
): OptionEntry<Name>[] {
  const envOf = (name: string) => `VERGER_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
  return rows.map((row) => ({ kind: 'text', env: envOf(row.name), ...row, group }));
}

/** Shared by all switches: off by default. */
export const off = { defaultText: 'off', kind: 'switch', expects: 'true or false' } as const;

/** What a count of images or partitions must be. */
export const oneToMany = 'a whole number of at least 1';
