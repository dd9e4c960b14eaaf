import { z } from 'zod';
import { MAX_CALIBRATION_IMAGES } from './options.ts';
import { FEATURES } from './shapes.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();
const share = z.number().min(0).max(1);

/** How many more are held back by default, on which the features of both precisions are compared. */
export const HELD_IMAGES = 64;

/** Most bytes of `calibration.json` that are read: many times those of a real one. */
export const MAX_CALIBRATION_BYTES = 16 * 2 ** 20;

/** No tensor of a network that is of use holds more. */
const value = z.number().min(-1e6).max(1e6);

/** What one tensor of the float32 network held over the images of a calibration. */
const tensorRangeSchema = z
  .strictObject({
    /** The name of the layer whose output it is, after its batch norm and ReLU6. */
    tensor: z.string().min(1),
    /** Least and greatest value over all images, channels and places. */
    min: value,
    max: value,
    /** Mean by channel over all images and places. */
    means: z.array(value),
  })
  .refine(({ min, max }) => min <= max, 'min is above max');
/** Range of one tensor, and the means of its channels. */
export type TensorRange = z.infer<typeof tensorRangeSchema>;

/** One image of the held sample: its place among all listed images, from 0, its path and its size. */
const heldImageSchema = z.strictObject({ row: count, path: z.string().min(1), bytes: count });

/**
 * `calibration.json`, of a run with int8 only: what its quantised network is made from, beside the weights.
 * Create-only; the sha256 of its bytes is in the fingerprint.
 */
export const calibrationSchema = z.strictObject({
  format: z.literal('verger-calibration-1'),
  weightsSha256: hash,
  /** The images it was measured on, by path; those that could not be read or decoded are left out. */
  images: z.array(z.string().min(1)).min(1).max(MAX_CALIBRATION_IMAGES),
  /** In the order of the network. */
  ranges: z.array(tensorRangeSchema).min(1),
  /** Images whose float32 features are kept, to compare the int8 ones with; none of them is in `images`. */
  held: z
    .array(heldImageSchema)
    .max(HELD_IMAGES)
    .refine((held) => held.every(({ row }, at) => at === 0 || row > held[at - 1]!.row), 'rows do not ascend'),
  /** Their float32 features, row-major [held, 1280], little-endian uint16 in steps of 2^-13, base64. */
  heldFeatures: z.string(),
});
/** What the quantised network of a run is made from. */
export type Calibration = z.infer<typeof calibrationSchema>;

/** What the features of one precision give on the held images. */
const precisionFigures = z.strictObject({
  /** Components that keep the run's share of the variance; of a run with `--components`, that many. */
  k: count,
  /** Share of the variance that the first i + 1 components keep. */
  cumulative: z.array(share).max(FEATURES),
  /**
   * Share of the held images whose nearest centroid is that of their label; null with fewer than 2 labels.
   */
  accuracy: share.nullable(),
});

/** What int8 changed, on the held images: in the report of a run with int8. */
export const precisionComparisonSchema = z.strictObject({
  /** Held images with features of both precisions. */
  images: count,
  /** Cosine between both features of an image. */
  cosine: z.strictObject({ median: z.number(), percentile1: z.number(), least: z.number() }),
  float32: precisionFigures,
  int8: precisionFigures,
});
/** What int8 changed, on the held images. */
export type PrecisionComparison = z.infer<typeof precisionComparisonSchema>;
