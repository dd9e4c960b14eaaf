import { HELD_IMAGES, VergerError } from '@verger/core';
import { type CalibratedSample, type ImageRanges, startRanges } from '@verger/features/weights';
import type { DrawnImage } from '@verger/listing';
import type { Measurement } from '@verger/stages';

/** Images of a sample that gave nothing, by code. */
export type LeftOutOfSample = Readonly<Record<string, number>>;

/** The sample of a run while it is measured. */
export interface Sample {
  /** The next images, in the order of the draw. */
  add(drawn: readonly DrawnImage[], measured: readonly Measurement[]): void;
  /** Errors: E_CALIBRATION when no image gave features. */
  end(): Omit<CalibratedSample, 'weightsSha256'> & { readonly leftOut: LeftOutOfSample };
}

/** An image that gave features, and is not added up. */
interface Waiting {
  readonly row: number;
  readonly path: string;
  /** Size of its file. */
  readonly bytes: number;
  readonly features: Float32Array;
  readonly ranges: ImageRanges;
}

/** How many of so many images with features are calibrated on: half of a few, else all but the held ones. */
function calibratedOf(images: number, count: number): number {
  return Math.min(count, images - Math.min(HELD_IMAGES, Math.floor(images / 2)));
}

/**
 * The first images of a sample with features, up to `count`, are calibrated on; the next ones are held back,
 * in the order of the listing: of a few images half. Memory: what HELD_IMAGES images gave.
 */
export function startSample(count: number): Sample {
  const ranges = startRanges();
  const images: string[] = [];
  const waiting: Waiting[] = [];
  const leftOut = new Map<string, number>();
  const addUp = () => {
    while (images.length < calibratedOf(images.length + waiting.length, count)) {
      const next = waiting.shift();
      if (next === undefined) return;
      images.push(next.path);
      ranges.add(next.ranges);
    }
  };
  return {
    add: (drawn, measured) => {
      for (const [at, one] of measured.entries()) {
        const place = drawn[at];
        if (place === undefined) continue;
        if (typeof one === 'string') leftOut.set(one, (leftOut.get(one) ?? 0) + 1);
        else {
          const { path, bytes } = place.image;
          waiting.push({ row: place.row, path, bytes, ...one });
        }
        addUp();
      }
    },
    end: () => {
      if (images.length === 0) throw noneMeasured(leftOut);
      const held = waiting.slice(0, HELD_IMAGES).sort((a, b) => a.row - b.row);
      return { images, ranges: ranges.ranges(), held, leftOut: Object.fromEntries(leftOut) };
    },
  };
}

function noneMeasured(leftOut: ReadonlyMap<string, number>): VergerError {
  const why = [...leftOut].map(([code, images]) => `${code} × ${images}`).join(', ');
  const detail =
    leftOut.size === 0 ? 'No listed image may be opened.' : `No image of the sample gave features: ${why}.`;
  return new VergerError('E_CALIBRATION', {}, { detail });
}
