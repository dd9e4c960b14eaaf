/**
 * The files of a run that hold numbers: features and projection in Parquet, sums in a format of ours, the
 * result as CSV. Bytes in, rows out, and back; no I/O. The same rows give the same bytes.
 */
export { type CsvColumns, type CsvRow, csvHeader, csvRecord, rowRecord } from './csv.ts';
export {
  damagedMetadata,
  decodeFeatures,
  encodeFeatures,
  type FeaturesMetadata,
  type StoredFeatures,
} from './features.ts';
export { npyHeader } from './npy.ts';
export {
  decodeProjection,
  encodeProjection,
  PROJECTION_TAIL_BYTES,
  type ProjectionRows,
  projectionModelOf,
  type StoredProjection,
} from './projection-file.ts';
export { computeRowsDigest, type FeatureRows } from './rows-digest.ts';
export { decodeSums, encodeSums } from './sums-file.ts';
export { FEATURES_COLUMN, type ListColumn, PROJECTION_COLUMN } from './table.ts';
export type { GroupRows, ListRows } from './write-group.ts';
export { type Pairs, type TablePieces, writePieces } from './write-table.ts';
