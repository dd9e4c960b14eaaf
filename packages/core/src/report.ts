import { z } from 'zod';
import { precisionComparisonSchema } from './calibration.ts';
import { IMAGE_ERROR_CODES } from './errors/errors.ts';
import { leftOutSchema } from './left-out.ts';
import { pcaOptionsSchema } from './options.ts';
import { FEATURES, fingerprintSchema, givenModelSchema, STORE_CODE, stageTimingsSchema } from './shapes.ts';

const count = z.int().nonnegative();
const { wallMs, ...times } = stageTimingsSchema.shape;

/**
 * `report.json`: what a person wants to know of a finished run. Derived from the other files; not among the
 * promised bytes.
 */
export const reportSchema = z.strictObject({
  format: z.literal('verger-report-1'),
  runId: z.string(),
  images: z.string(),
  verdict: z.enum(['ok', 'too-many-bad']),
  /** listed = extracted + quarantined */
  listed: count,
  extracted: count,
  quarantined: count,
  /** Of `extracted`: images whose features were taken from another run. */
  reused: count.default(0),
  /** What the newest listing did not take. Absent: no submission of the run has counted it. */
  leftOut: leftOutSchema.optional(),
  partitions: count,
  epochs: count,
  fingerprint: fingerprintSchema,
  /** Of a transform: the model that was given. */
  model: givenModelSchema.optional(),
  /** Of a run with int8. Absent: float32, or nothing was held back. */
  precisionComparison: precisionComparisonSchema.optional(),
  /** More than one: features of this run come from machines that differ in the last bits. */
  numericClasses: z.array(z.strictObject({ numericClass: z.string(), partitions: count })),
  pca: z
    .strictObject({
      k: z.int().positive(),
      options: pcaOptionsSchema,
      /** Share of the variance that the first i + 1 components keep; at most 1,280 values. */
      cumulative: z.array(z.number()).max(FEATURES),
    })
    .nullable(),
  /** Images with features, by label (at most 4,096 labels). */
  labels: z.array(z.strictObject({ label: z.string(), count })),
  labelsTruncated: z.boolean(),
  /** For each label the label whose mean projection is nearest, nearest pairs first. */
  nearest: z.array(z.strictObject({ label: z.string(), nearest: z.string(), distance: z.number() })),
  quarantine: z.array(
    z.strictObject({
      code: z.enum(IMAGE_ERROR_CODES),
      reason: z.string(),
      next: z.string(),
      count,
      examples: z.array(z.string()),
      /** The codes that the store gave, with their counts. Absent: it gave none. */
      storeCodes: z.record(z.string().regex(STORE_CODE), count).optional(),
    }),
  ),
  /**
   * By type of machine, the most time first: in how many seconds workers had partitions of the run under way.
   * Absent: written by a release that did not count it.
   */
  workers: z
    .array(
      z.strictObject({ type: z.string(), workers: count, images: count, seconds: z.number().nonnegative() }),
    )
    .optional(),
  stages: z.strictObject({
    /**
     * Wall time while partitions were extracted, pauses between epochs left out; images that were not reused,
     * a second of it; and time summed over images by step.
     */
    extract: z.strictObject({ wallMs, imagesPerSecond: z.number(), ...times }),
    /** Of the epoch that did it last and then finished the run; null when that one did not come to finish. */
    reduceMs: z.number().nullable(),
    projectMs: z.number().nullable(),
  }),
});
/** The report of a finished run (`report.json`). */
export type Report = z.infer<typeof reportSchema>;
