import {
  canonicalJson,
  FEATURES,
  type Fingerprint,
  fingerprintSchema,
  type Quarantined,
  quarantinedSchema,
  VergerError,
} from '@verger/core';
import { corrupt, footerPairs, readFooter, readingStored, readTable, requiredPair } from './read-table.ts';
import { computeRowsDigest, type FeatureRows } from './rows-digest.ts';
import { FEATURES_COLUMN as COLUMN } from './table.ts';
import { checkRows, writeTable } from './write-table.ts';

const FORMAT = 'verger-features-1';

/** What a features file says of itself, in the footer under keys that begin with `verger.`. listed = rows + quarantined. */
export interface FeaturesMetadata {
  readonly fingerprint: Fingerprint;
  /** Of the producer: which machines give these features to the last bit. */
  readonly numericClass: string;
  /** Images of the partition. */
  readonly listed: number;
  readonly quarantined: readonly Quarantined[];
  /** `computeRowsDigest` of the rows and the quarantine. */
  readonly rowsDigest: string;
}

/** `decodeFeatures` gives it: rows in listing order, `features` row-major [paths.length, 1280]. */
export interface StoredFeatures extends FeatureRows {
  readonly paths: string[];
  readonly labels: string[];
  readonly metadata: FeaturesMetadata;
}

/**
 * `features/part-N.parquet`: path string, label string, features list<float>. Same arguments, same bytes; nothing of time, machine or
 * place is in them. Rows that do not fit, or counts that do not add up, are E_INTERNAL. Cost: see `writeTable`, plus the rows digest.
 */
export function encodeFeatures(rows: FeatureRows, meta: Omit<FeaturesMetadata, 'rowsDigest'>): Uint8Array {
  if (meta.listed !== rows.paths.length + meta.quarantined.length) {
    const counts = `${meta.listed} listed, ${rows.paths.length} rows, ${meta.quarantined.length} quarantined`;
    throw new VergerError('E_INTERNAL', {}, { detail: `counts do not add up: ${counts}` });
  }
  const table = { paths: rows.paths, labels: rows.labels, values: rows.features, width: FEATURES };
  checkRows(table, COLUMN);
  return writeTable(table, COLUMN, [
    ['verger.format', FORMAT],
    ['verger.fingerprint', canonicalJson(meta.fingerprint)],
    ['verger.numericClass', meta.numericClass],
    ['verger.listed', String(meta.listed)],
    ['verger.quarantined', canonicalJson(meta.quarantined)],
    ['verger.rowsDigest', computeRowsDigest(rows, meta.quarantined)],
  ]);
}

function readMetadata(pairs: ReadonlyMap<string, string>): FeaturesMetadata {
  const listed = requiredPair(pairs, 'verger.listed');
  if (!/^\d{1,15}$/.test(listed)) throw corrupt('verger.listed is not a count');
  return {
    fingerprint: fingerprintSchema.parse(JSON.parse(requiredPair(pairs, 'verger.fingerprint'))),
    numericClass: requiredPair(pairs, 'verger.numericClass'),
    listed: Number(listed),
    quarantined: quarantinedSchema.array().parse(JSON.parse(requiredPair(pairs, 'verger.quarantined'))),
    rowsDigest: requiredPair(pairs, 'verger.rowsDigest'),
  };
}

/**
 * Reads a features file whole. Seal, schema, width, metadata, counts and rows digest must hold; anything else, down to one flipped
 * bit, is E_PART_CORRUPT with a detail; so are rows of another digest than `rowsDigest`, where that is given. Cost: two sha256 and one
 * copy of the features.
 */
export async function decodeFeatures(bytes: Uint8Array, rowsDigest?: string): Promise<StoredFeatures> {
  return readingStored(() => {
    const table = readTable(bytes, COLUMN, (pairs) => {
      if (requiredPair(pairs, 'verger.format') !== FORMAT) throw corrupt(`its format is not ${FORMAT}`);
      return FEATURES;
    });
    const metadata = readMetadata(table.metadata);
    const { paths, labels } = table;
    const features = new Float32Array(table.values.buffer);
    if (metadata.listed !== paths.length + metadata.quarantined.length)
      throw corrupt('its counts do not add up');
    if (computeRowsDigest({ paths, labels, features }, metadata.quarantined) !== metadata.rowsDigest) {
      throw corrupt('its rows do not match its digest');
    }
    if (metadata.rowsDigest !== (rowsDigest ?? metadata.rowsDigest))
      throw corrupt('Its features do not match its commit.');
    return { paths, labels, features, metadata };
  });
}

/**
 * What a features file that is damaged still says of itself, if its footer can be read; undefined if not. Nothing vouches for it: hold it
 * against what is known otherwise. The rows are not looked at.
 */
export function damagedMetadata(bytes: Uint8Array): FeaturesMetadata | undefined {
  try {
    return readMetadata(footerPairs(readFooter(bytes, bytes.length, COLUMN)));
  } catch {
    return undefined;
  }
}
