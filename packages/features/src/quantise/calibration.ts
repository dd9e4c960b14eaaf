import {
  type Calibration,
  calibrationSchema,
  FEATURES,
  MAX_CALIBRATION_BYTES,
  type TensorRange,
  VergerError,
} from '@verger/core';
import { TENSORS } from '../network/tensors.ts';
import { type ImageRanges, mergeRanges } from './ranges.ts';

/** Features are kept in steps of 2^-13: uint16 holds [0, 8). */
const HELD_STEPS = 2 ** 13;
const MOST_STEPS = 2 ** 16 - 1;

/** What the float32 network gave of the sample of a run, added up. */
export interface CalibratedSample {
  readonly weightsSha256: string;
  /** Paths of the images in `ranges`, in their order. */
  readonly images: readonly string[];
  readonly ranges: readonly TensorRange[];
  readonly held: CalibratedImages['held'];
}

/** An image of the held sample. */
interface HeldOut {
  /** Its place among all listed images. */
  readonly row: number;
  readonly path: string;
  readonly bytes: number;
  /** [1280] */
  readonly features: Float32Array;
}

/** What the float32 network gave of each image. */
export interface CalibratedImages {
  readonly weightsSha256: string;
  readonly calibrated: readonly { readonly path: string; readonly ranges: ImageRanges }[];
  readonly held: readonly HeldOut[];
}

function encodeHeld(held: CalibratedImages['held']): string {
  const bytes = Buffer.alloc(held.length * FEATURES * 2);
  for (const [index, { features }] of held.entries()) {
    for (let at = 0; at < FEATURES; at += 1) {
      const steps = Math.min(Math.round(features[at]! * HELD_STEPS), MOST_STEPS);
      bytes.writeUInt16LE(steps, (index * FEATURES + at) * 2);
    }
  }
  return bytes.toString('base64');
}

/** As `encodeSample`, of images whose ranges are all in memory. */
export function encodeCalibration({ weightsSha256, calibrated, held }: CalibratedImages): Uint8Array {
  const images = calibrated.map(({ path }) => path);
  return encodeSample({
    weightsSha256,
    images,
    ranges: mergeRanges(calibrated.map((one) => one.ranges)),
    held,
  });
}

/**
 * The bytes of `calibration.json`: the same images and features give the same bytes. Errors: E_CALIBRATION
 * when no image was measured, or the paths are too long.
 */
export function encodeSample({ weightsSha256, images, ranges, held }: CalibratedSample): Uint8Array {
  if (images.length === 0) {
    throw new VergerError('E_CALIBRATION', {}, { detail: 'No image of the sample could be decoded.' });
  }
  const record: Calibration = {
    format: 'verger-calibration-1',
    weightsSha256,
    images: [...images],
    ranges: [...ranges],
    held: held.map(({ row, path, bytes }) => ({ row, path, bytes })),
    heldFeatures: encodeHeld(held),
  };
  const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
  if (bytes.length <= MAX_CALIBRATION_BYTES) return bytes;
  const most = `more than ${MAX_CALIBRATION_BYTES / 2 ** 20} MiB`;
  const detail = `With the paths of ${images.length} images it has ${most}; calibrate on fewer.`;
  throw new VergerError('E_CALIBRATION', {}, { detail });
}

/** Errors: E_CALIBRATION when the bytes are not those of a calibration of this network. */
export function readCalibration(bytes: Uint8Array): Calibration {
  let detail: string;
  try {
    const read = calibrationSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    const fault = read.success ? faultOf(read.data) : undefined;
    if (read.success && fault === undefined) return read.data;
    const { path = [], message = fault } = read.error?.issues[0] ?? {};
    detail = `${path.join('.') || 'It'}: ${message}.`;
  } catch {
    detail = 'It is not JSON.';
  }
  throw new VergerError('E_CALIBRATION', {}, { detail: `The calibration is damaged. ${detail}` });
}

/** What is wrong with a calibration whose fields are valid, if anything. */
function faultOf(calibration: Calibration): string | undefined {
  const { ranges, held } = calibration;
  if (heldBytes(calibration).length !== held.length * FEATURES * 2) return 'its held features are cut short';
  const isOfIt = ({ name, channels }: (typeof TENSORS)[number], at: number) =>
    ranges[at]?.tensor === name && ranges[at].means.length === channels;
  if (ranges.length === TENSORS.length && TENSORS.every(isOfIt)) return undefined;
  return 'its ranges are not those of the tensors of the network, in their order';
}

const heldBytes = ({ heldFeatures: text }: Calibration) => Buffer.from(text, 'base64');

/** Float32 features of the held images to 2^-14: row-major [held, 1280], in the order of `held`. */
export function heldFeatures(calibration: Calibration): Float32Array {
  const bytes = heldBytes(calibration);
  return Float32Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readUInt16LE(at * 2) / HELD_STEPS);
}
