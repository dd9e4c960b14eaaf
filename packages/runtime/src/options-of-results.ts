import {
  DEFAULT_GLOB,
  DEFAULT_MAX_BAD,
  DEFAULT_MAX_PIXELS,
  DEFAULT_VARIANCE,
  EXTRA_FORMATS,
  extractionOptionsSchema,
  finishOptionsSchema,
  MOST_MAX_PIXELS,
  pcaOptionsSchema,
} from '@verger/core';
import { z } from 'zod';
import { off, oneToMany, optionsOf } from './option-entry.ts';

const extraction = extractionOptionsSchema.shape;
const pca = pcaOptionsSchema.shape;
const finish = finishOptionsSchema.shape;

/** `+tiff` as `tiff`, sorted, without duplicates: every spelling gives the same manifest. */
const formatsSchema = z
  .array(z.templateLiteral([z.enum(['', '+']), z.enum(EXTRA_FORMATS)]))
  .min(1)
  .transform((names) => EXTRA_FORMATS.filter((name) => names.includes(name) || names.includes(`+${name}`)));

/** Options that determine what a run holds: its images, its PCA, its final files. */
export const RESULT_OPTIONS = [
  ...optionsOf('extraction', [
    {
      name: 'glob',
      flag: '--glob <pattern>',
      description: 'file names to take as images, in upper or lower case',
      defaultText: DEFAULT_GLOB.join(' '),
      kind: 'list',
      expects: 'one or more patterns, such as *.jpg',
      schema: extraction.glob.min(1),
    },
    {
      name: 'label',
      flag: '--label <rule>',
      description:
        'where labels come from: parent (the name of the folder; "" directly in IMAGES), none, ' +
        'regex:EXPRESSION (its first group, matched on the path) or csv:FILE',
      defaultText: 'parent',
      expects: 'parent, none, regex:EXPRESSION or csv:FILE',
      schema: extraction.label.regex(/^(?:parent|none|(?:regex|csv):.+)$/s),
    },
    {
      name: 'followLinks',
      flag: '--follow-links',
      description: 'follow symbolic links to images and folders; paths are those of the links',
      ...off,
      schema: z.boolean(),
    },
    {
      name: 'limit',
      flag: '--limit <count>',
      description: 'take only the first <count> images of the listing',
      defaultText: 'all',
      kind: 'integer',
      expects: oneToMany,
      schema: extraction.limit,
    },
    {
      name: 'sample',
      flag: '--sample <share>',
      description: 'take a random share of the images (see --seed)',
      defaultText: 'all',
      kind: 'share',
      expects: 'a share above 0 and up to 1, such as 0.1',
      schema: extraction.sample,
    },
    {
      name: 'seed',
      flag: '--seed <number>',
      description: 'seed of --sample; the same seed takes the same images',
      defaultText: '1',
      kind: 'integer',
      expects: 'a whole number of at least 0',
      schema: extraction.seed,
    },
    {
      name: 'partitions',
      flag: '--partitions <count>',
      description: 'number of partitions; not with --partition-size',
      defaultText: 'depends on the listing: 64 to 1,000 images each',
      kind: 'integer',
      expects: 'a whole number from 1 to 1,000,000',
      schema: extraction.partitions,
    },
    {
      name: 'partitionSize',
      flag: '--partition-size <images>',
      description: 'images per partition; not with --partitions',
      defaultText: 'depends on the listing: 64 to 1,000',
      kind: 'integer',
      expects: oneToMany,
      schema: extraction.partitionSize,
    },
    {
      name: 'maxPixels',
      flag: '--max-pixels <count>',
      description: 'largest image, in pixels; more needs more --child-memory (see docs/images.md)',
      defaultText: DEFAULT_MAX_PIXELS.toLocaleString('en'),
      kind: 'integer',
      expects: `a whole number from 1 to ${MOST_MAX_PIXELS.toLocaleString('en')}`,
      schema: extraction.maxPixels.unwrap(),
    },
    {
      name: 'formats',
      flag: '--formats <formats>',
      description: 'also read +tiff or +avif; the default --glob then includes their file names',
      defaultText: 'JPEG, PNG, WebP and GIF only',
      kind: 'list',
      expects: '+tiff, +avif or both',
      schema: formatsSchema,
    },
  ]),
  ...optionsOf('pca', [
    {
      name: 'variance',
      flag: '--variance <share>',
      description:
        'keep the fewest components that explain this share of the variance; not with --components',
      defaultText: String(DEFAULT_VARIANCE),
      kind: 'share',
      expects: 'a share above 0 and up to 1, such as 0.75',
      schema: pca.variance,
    },
    {
      name: 'components',
      flag: '--components <k>',
      description: 'keep exactly <k> components; not with --variance',
      defaultText: 'as many as --variance needs',
      kind: 'integer',
      expects: 'a whole number from 1 to 1,280',
      schema: pca.components,
    },
    {
      name: 'standardise',
      flag: '--standardise',
      description: 'scale each feature to variance 1 before the PCA',
      ...off,
      schema: pca.standardise,
    },
    {
      name: 'sparkCompatible',
      flag: '--spark-compatible',
      description: 'project without centring, as Spark does',
      ...off,
      schema: pca.sparkCompatible,
    },
  ]),
  ...optionsOf('finish', [
    {
      name: 'csv',
      flag: '--csv',
      description: 'also write result.csv',
      ...off,
      schema: finish.csv,
    },
    {
      name: 'withImages',
      flag: '--with-images',
      description: 'include the images in the CSV, as base64; needs --csv',
      ...off,
      schema: finish.withImages,
    },
    {
      name: 'csvRaw',
      flag: '--csv-raw',
      description: 'do not escape cells that a spreadsheet would run as formulas; needs --csv',
      ...off,
      schema: finish.csvRaw,
    },
    {
      name: 'csvBom',
      flag: '--csv-bom',
      description: 'start the CSV with a byte order mark, so that Excel reads it as UTF-8; needs --csv',
      ...off,
      schema: z.boolean(),
    },
    {
      name: 'noReport',
      flag: '--no-report',
      description: 'do not write report.html, the page with charts and thumbnails',
      ...off,
      schema: z.boolean(),
    },
    {
      name: 'maxBad',
      flag: '--max-bad <share>',
      description: 'exit with code 5 if more than this share of the images is in quarantine',
      defaultText: String(DEFAULT_MAX_BAD),
      kind: 'share',
      expects: 'a share from 0 to 1, such as 0.05',
      schema: finish.maxBad,
    },
  ]),
];
