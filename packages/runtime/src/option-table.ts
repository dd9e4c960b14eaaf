import {
  DEFAULT_GLOB,
  DEFAULT_MAX_BAD,
  DEFAULT_VARIANCE,
  extractionOptionsSchema,
  finishOptionsSchema,
  operationalOptionsSchema,
  pcaOptionsSchema,
} from '@verger/core';
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
  /** Judges the value once it is read. */
  readonly schema: z.ZodType;
}

const extraction = extractionOptionsSchema.shape;
const pca = pcaOptionsSchema.shape;
const finish = finishOptionsSchema.shape;
const operational = operationalOptionsSchema.shape;
/** What all switches have in common: off unless asked for. */
const off = { defaultText: 'off', kind: 'switch', expects: 'true or false' } as const;
const oneToMany = 'a whole number of at least 1';

/** Every option that has a flag, a variable and a key in the file. `--help`, the reading and the checking all come from here. */
export const OPTION_TABLE = [
  {
    name: 'glob',
    group: 'extraction',
    flag: '--glob <pattern>',
    env: 'VERGER_GLOB',
    description: 'file names that are images, in any case; may be given several times',
    defaultText: DEFAULT_GLOB.join(' '),
    kind: 'list',
    expects: 'one pattern or more, such as *.jpg',
    schema: extraction.glob.min(1),
  },
  {
    name: 'label',
    group: 'extraction',
    flag: '--label <rule>',
    env: 'VERGER_LABEL',
    description: 'class of an image: parent, none, regex:EXPRESSION (its first group) or csv:FILE',
    defaultText: 'parent',
    kind: 'text',
    expects: 'parent, none, regex:EXPRESSION or csv:FILE',
    schema: extraction.label.regex(/^(?:parent|none|(?:regex|csv):.+)$/s),
  },
  {
    name: 'limit',
    group: 'extraction',
    flag: '--limit <count>',
    env: 'VERGER_LIMIT',
    description: 'take only the first images of the listing',
    defaultText: 'all',
    kind: 'integer',
    expects: oneToMany,
    schema: extraction.limit,
  },
  {
    name: 'sample',
    group: 'extraction',
    flag: '--sample <share>',
    env: 'VERGER_SAMPLE',
    description: 'take a seeded share of the images',
    defaultText: 'all',
    kind: 'share',
    expects: 'a share above 0 and up to 1, such as 0.1',
    schema: extraction.sample,
  },
  {
    name: 'seed',
    group: 'extraction',
    flag: '--seed <number>',
    env: 'VERGER_SEED',
    description: 'seed of --sample',
    defaultText: '1',
    kind: 'integer',
    expects: 'a whole number of at least 0',
    schema: extraction.seed,
  },
  {
    name: 'partitions',
    group: 'extraction',
    flag: '--partitions <count>',
    env: 'VERGER_PARTITIONS',
    description: 'cut the listing into that many partitions; not with --partition-size',
    defaultText: 'from the listing: 64 to 1,000 images each',
    kind: 'integer',
    expects: 'a whole number from 1 to 1,000,000',
    schema: extraction.partitions,
  },
  {
    name: 'partitionSize',
    group: 'extraction',
    flag: '--partition-size <images>',
    env: 'VERGER_PARTITION_SIZE',
    description: 'images a partition; not with --partitions',
    defaultText: 'from the listing: 64 to 1,000',
    kind: 'integer',
    expects: oneToMany,
    schema: extraction.partitionSize,
  },
  {
    name: 'variance',
    group: 'pca',
    flag: '--variance <share>',
    env: 'VERGER_VARIANCE',
    description: 'keep the fewest components that explain this share of the variance; not with --components',
    defaultText: String(DEFAULT_VARIANCE),
    kind: 'share',
    expects: 'a share above 0 and up to 1, such as 0.75',
    schema: pca.variance,
  },
  {
    name: 'components',
    group: 'pca',
    flag: '--components <k>',
    env: 'VERGER_COMPONENTS',
    description: 'keep this many components; not with --variance',
    defaultText: 'as --variance needs',
    kind: 'integer',
    expects: 'a whole number from 1 to 1,280',
    schema: pca.components,
  },
  {
    name: 'standardise',
    group: 'pca',
    flag: '--standardise',
    env: 'VERGER_STANDARDISE',
    description: 'scale each feature to variance 1 before the PCA',
    ...off,
    schema: pca.standardise,
  },
  {
    name: 'sparkCompatible',
    group: 'pca',
    flag: '--spark-compatible',
    env: 'VERGER_SPARK_COMPATIBLE',
    description: 'project without centring, as Spark does',
    ...off,
    schema: pca.sparkCompatible,
  },
  {
    name: 'csv',
    group: 'finish',
    flag: '--csv',
    env: 'VERGER_CSV',
    description: 'also write result.csv',
    ...off,
    schema: finish.csv,
  },
  {
    name: 'withImages',
    group: 'finish',
    flag: '--with-images',
    env: 'VERGER_WITH_IMAGES',
    description: 'put the images into the CSV, as base64; needs --csv',
    ...off,
    schema: finish.withImages,
  },
  {
    name: 'csvRaw',
    group: 'finish',
    flag: '--csv-raw',
    env: 'VERGER_CSV_RAW',
    description: 'leave cells that a spreadsheet would run as formulas unchanged; needs --csv',
    ...off,
    schema: finish.csvRaw,
  },
  {
    name: 'maxBad',
    group: 'finish',
    flag: '--max-bad <share>',
    env: 'VERGER_MAX_BAD',
    description: 'share of images that may be in quarantine before the run ends with code 5',
    defaultText: String(DEFAULT_MAX_BAD),
    kind: 'share',
    expects: 'a share from 0 to 1, such as 0.05',
    schema: finish.maxBad,
  },
  {
    name: 'output',
    group: 'operational',
    flag: '--output <place>',
    env: 'VERGER_OUTPUT',
    description: 'folder in which the run gets its own folder',
    defaultText: 'none: it must be given',
    kind: 'text',
    expects: 'a folder',
    schema: operational.output,
  },
  {
    name: 'name',
    group: 'operational',
    flag: '--name <name>',
    env: 'VERGER_NAME',
    description: 'name of the run folder',
    defaultText: 'the run id',
    kind: 'text',
    expects: 'letters, digits, ".", "_" and "-", at most 64, the first a letter or digit',
    schema: operational.name,
  },
  {
    name: 'processes',
    group: 'operational',
    flag: '--processes <count>',
    env: 'VERGER_PROCESSES',
    description: 'child processes for the image work',
    defaultText: 'the cores that this process may use',
    kind: 'integer',
    expects: 'a whole number from 1 to 1,024',
    schema: operational.processes,
  },
  {
    name: 'childMemory',
    group: 'operational',
    flag: '--child-memory <size>',
    env: 'VERGER_CHILD_MEMORY',
    description: 'memory at which a child process is ended',
    defaultText: '1GiB, less where memory is limited',
    kind: 'bytes',
    expects: 'a size of at least 64MiB, such as 512MiB or 1GiB',
    schema: operational.childMemoryBytes.min(64 * 2 ** 20),
  },
  {
    name: 'weights',
    group: 'operational',
    flag: '--weights <file>',
    env: 'VERGER_WEIGHTS',
    description: "Keras' MobileNetV2 weights (.h5), or `untrained` for a trial of the machinery",
    defaultText: 'the cache folder; `run` downloads them once',
    kind: 'text',
    expects: 'a file',
    schema: operational.weights,
  },
  {
    name: 'customWeights',
    group: 'operational',
    flag: '--custom-weights',
    env: 'VERGER_CUSTOM_WEIGHTS',
    description: "the weights are not Keras' ImageNet ones, and that is meant",
    ...off,
    schema: operational.customWeights,
  },
  {
    name: 'cache',
    group: 'operational',
    flag: '--cache <folder>',
    env: 'VERGER_CACHE',
    description: 'where downloaded weights are kept',
    defaultText: '$XDG_CACHE_HOME/verger, else ~/.cache/verger',
    kind: 'text',
    expects: 'a folder',
    schema: operational.cacheDir,
  },
] as const satisfies readonly OptionEntry[];

/** The name of an option of the table. */
export type OptionName = (typeof OPTION_TABLE)[number]['name'];

/** The flag without its argument: `--child-memory`. */
export function longFlag(entry: Pick<OptionEntry, 'flag'>): string {
  return entry.flag.split(' ')[0] ?? entry.flag;
}
