import type { FinishOptions, Manifest } from '@verger/core';
import type { Measured } from '@verger/stages';

/** Digits, sign, point, exponent and comma of one number in a CSV, on average. */
const CSV_NUMBER_BYTES = 20;

/** What a run would take, from a measured sample. Bytes; `null` where k decides and is not known. */
export interface Estimate {
  /**
   * Reading, decoding, inference, Parquet and sums with all processes. PCA and projection come on top:
   * seconds.
   */
  readonly extractMs: number;
  readonly features: number;
  readonly sums: number;
  readonly projection: number | null;
  /** Null also when no CSV is asked for. Without the projection's numbers when k is not known. */
  readonly csv: number | null;
  /** All that is known of these. */
  readonly total: number;
}

/** Scales a sample to a listing. Pure. */
export function estimateRun(
  manifest: Manifest,
  measured: Measured,
  options: { finish: FinishOptions; processes: number; textBytes: number },
): Estimate {
  const { images, bytes } = manifest.listing;
  const good = measured.images === 0 ? 0 : (images * measured.extracted) / measured.images;
  const k = manifest.pca.components;
  const features = Math.round(good * measured.featuresBytes);
  const sums = manifest.partitions.length * measured.sumsBytes;
  const projection = k === null ? null : Math.round(good * (k * 8 + options.textBytes));
  const csv = options.finish.csv
    ? Math.round(
        good * (options.textBytes + (k ?? 0) * CSV_NUMBER_BYTES) +
          (options.finish.withImages ? ((bytes * 4) / 3) * (good / images) : 0),
      )
    : null;
  return {
    extractMs: Math.round(images * (measured.extractMs + measured.sealMs / options.processes)),
    ...{ features, sums, projection, csv },
    total: features + sums + (projection ?? 0) + (csv ?? 0),
  };
}
