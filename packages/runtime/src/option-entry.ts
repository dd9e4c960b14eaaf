import type { z } from 'zod';
import type { ValueKind } from './read-value.ts';

/** One option, in all its spellings. */
export interface OptionEntry {
  /** The key in verger.config.json, and of commander's `opts()`. */
  readonly name: string;
  /** Which part of the resolved configuration it belongs to: the first two are part of the run id. */
  readonly group: 'extraction' | 'pca' | 'finish' | 'operational';
  /** As commander takes it. */
  readonly flag: string;
  readonly env: string;
  /** One line of `--help`. */
  readonly description: string;
  /** The default, for a person. */
  readonly defaultText: string;
  /** A `list` flag may be given several times: collect its values. Not as commander's `...`, which would swallow IMAGES. */
  readonly kind: ValueKind;
  /** Ends the sentence "this must be …". */
  readonly expects: string;
  /** The value may hold a password: one that is wrong is not shown, whatever it is. */
  readonly secret?: true;
  /** Judges the value once it is read. */
  readonly schema: z.ZodType;
}

/** What all switches have in common: off unless asked for. */
export const off = { defaultText: 'off', kind: 'switch', expects: 'true or false' } as const;

/** What counts of images and partitions must be. */
export const oneToMany = 'a whole number of at least 1';
