import { VergerError } from '@verger/core';
import { corrupt, footerPairs, readFooter, readingStored, readTable, requiredPair } from './read-table.ts';
import { PROJECTION_COLUMN as COLUMN } from './table.ts';
import { writeTable } from './write-table.ts';

const FORMAT = 'verger-projection-1';
const HASH = /^[0-9a-f]{64}$/;

/** Rows of one projected partition, in listing order: `projection` is row-major [paths.length, k]. */
export interface ProjectionRows {
  readonly paths: readonly string[];
  readonly labels: readonly string[];
  readonly projection: Float64Array;
  readonly k: number;
}

/** `decodeProjection` gives it. */
export interface StoredProjection extends ProjectionRows {
  readonly paths: string[];
  readonly labels: string[];
  readonly modelSha256: string;
}

/**
 * `projection/part-N.parquet`: path string, label string, pca_features list<double>; the sha256 of
 * `pca/model.json` in the footer. Same arguments, same bytes. Rows that do not fit are E_INTERNAL.
 */
export function encodeProjection(rows: ProjectionRows, meta: { readonly modelSha256: string }): Uint8Array {
  if (!HASH.test(meta.modelSha256)) throw new VergerError('E_INTERNAL', {}, { detail: 'no hash of a model' });
  const { paths, labels, projection, k } = rows;
  return writeTable({ paths, labels, values: projection, width: k }, COLUMN, [
    ['verger.format', FORMAT],
    ['verger.k', String(k)],
    ['verger.modelSha256', meta.modelSha256],
  ]);
}

function checkedPairs(pairs: ReadonlyMap<string, string>): { k: number; modelSha256: string } {
  if (requiredPair(pairs, 'verger.format') !== FORMAT) throw corrupt(`its format is not ${FORMAT}`);
  const k = requiredPair(pairs, 'verger.k');
  if (!/^[1-9]\d{0,5}$/.test(k)) throw corrupt('verger.k is not a count');
  const modelSha256 = requiredPair(pairs, 'verger.modelSha256');
  if (!HASH.test(modelSha256)) throw corrupt('verger.modelSha256 is not a hash');
  return { k: Number(k), modelSha256 };
}

/**
 * Reads a projection file whole; anything that is not as written, down to one bit, is E_PART_CORRUPT, and so
 * is a projection by another model than `modelSha256`, where that is given.
 */
export async function decodeProjection(bytes: Uint8Array, modelSha256?: string): Promise<StoredProjection> {
  return readingStored(() => {
    const table = readTable(bytes, COLUMN, (pairs) => checkedPairs(pairs).k);
    const { paths, labels, values, metadata } = table;
    const checked = checkedPairs(metadata);
    if (checked.modelSha256 !== (modelSha256 ?? checked.modelSha256))
      throw corrupt('Its projection comes from another PCA model.');
    return { paths, labels, projection: new Float64Array(values.buffer), ...checked };
  });
}

/** The last bytes of a projection file that always hold its footer: paths and labels are not in it. */
export const PROJECTION_TAIL_BYTES = 8192;

/**
 * The model that a projection was made with, from the last bytes of its file (`PROJECTION_TAIL_BYTES`, or all
 * when it has fewer) and the file's size: one small read a partition decides whether the projection is done.
 * Undefined when it is no projection of ours, or its columns do not fill the file. `{ need }` when the footer
 * says that it is longer than the tail: read that many bytes, ask again. The rows are not looked at:
 * `decodeProjection` finds a flipped bit, this does not.
 */
export async function projectionModelOf(
  tail: Uint8Array,
  totalBytes: number,
): Promise<string | undefined | { readonly need: number }> {
  const end = Buffer.from(tail.subarray(-8));
  if (end.length < 8 || tail.length > totalBytes || end.toString('latin1', 4) !== 'PAR1') return undefined;
  const need = end.readUInt32LE(0) + 8;
  if (need + 4 > totalBytes) return undefined;
  if (need > tail.length) return { need };
  try {
    return checkedPairs(footerPairs(readFooter(tail, totalBytes, COLUMN))).modelSha256;
  } catch {
    return undefined;
  }
}
