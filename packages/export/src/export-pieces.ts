import { canonicalJson, FEATURES, RUN_FILES, type Storage } from '@verger/core';
import {
  FEATURES_COLUMN,
  npyHeader,
  type Pairs,
  PROJECTION_COLUMN,
  rowRecord,
  writePieces,
} from '@verger/tables';
import { type CsvPart, csvPieces } from './csv-pieces.ts';
import { type ExportPart, type ExportSource, type ExportWhat, readParts } from './export-source.ts';

/** The formats of an export: one file, and for `npy` a second one that says what its rows are. */
export type ExportFormat = 'csv' | 'parquet' | 'npy';

/** A run of bytes of the exported table, or of the file beside it that names its rows (npy has no texts). */
export interface ExportPiece {
  readonly file: 'table' | 'rows';
  readonly bytes: Uint8Array;
}

/** What an export holds, and in which format. */
export interface ExportOptions {
  readonly format: ExportFormat;
  readonly what: ExportWhat;
  /** CSV only: image files in base64. */
  readonly withImages: boolean;
  /** CSV only: cells that a spreadsheet would run stay as they are. */
  readonly raw: boolean;
  /** CSV only: begins with the UTF-8 byte order mark. Default: no. */
  readonly bom?: boolean;
  readonly images: Storage;
  readonly signal: AbortSignal;
  /** Told after each partition how many rows there are so far. */
  readonly onRows?: (rows: number) => void;
}

/**
 * The table of a finished run as the bytes of one file, in order. The same run and wish give the same bytes. Memory: three
 * partitions, whatever their number; a row group of Parquet is a partition. Errors: those of `readParts`; E_CSV_IMAGE.
 */
export async function* exportPieces(source: ExportSource, wish: ExportOptions): AsyncGenerator<ExportPiece> {
  const parts = counted(readParts(source, { what: wish.what, images: wish.withImages }), wish);
  switch (wish.format) {
    case 'csv':
      for await (const bytes of csvOf(parts, wish)) yield { file: 'table', bytes };
      break;
    case 'parquet':
      for await (const bytes of parquetOf(parts, source, wish)) yield { file: 'table', bytes };
      break;
    case 'npy':
      yield* npyOf(parts, source, wish);
  }
}

async function* counted(
  parts: AsyncIterable<ExportPart>,
  { signal, onRows }: ExportOptions,
): AsyncGenerator<ExportPart> {
  let rows = 0;
  for await (const part of parts) {
    signal.throwIfAborted();
    yield part;
    rows += part.paths.length;
    onRows?.(rows);
  }
}

function csvOf(parts: AsyncIterable<ExportPart>, wish: ExportOptions): AsyncGenerator<Uint8Array> {
  const { what, withImages, raw, bom = false, images, signal } = wish;
  const columns = { features: what !== 'projection', pcaFeatures: what !== 'features', withImages };
  return csvPieces(csvParts(parts), { columns, raw, bom, images, signal });
}

async function* csvParts(parts: AsyncIterable<ExportPart>): AsyncGenerator<CsvPart> {
  for await (const part of parts) {
    const { paths, labels, images } = part;
    yield { paths, labels, ...listsOf(part), ...(images === undefined ? {} : { images }) };
  }
}

/** The lists of a part under the names that a CSV has for them. */
const listsOf = ({ features, projection }: ExportPart): Pick<CsvPart, 'features' | 'pcaFeatures'> => ({
  ...(features === undefined ? {} : { features: { values: features.features, width: FEATURES } }),
  ...(projection === undefined
    ? {}
    : { pcaFeatures: { values: projection.projection, width: projection.k } }),
});

async function* parquetOf(
  parts: AsyncIterable<ExportPart>,
  source: ExportSource,
  { what }: ExportOptions,
): AsyncGenerator<Uint8Array> {
  const columns = [
    ...(what === 'projection' ? [] : [FEATURES_COLUMN]),
    ...(what === 'features' ? [] : [PROJECTION_COLUMN]),
  ];
  const table = writePieces(columns, exportMetadata(source));
  for await (const part of parts) {
    const { paths, labels } = part;
    const { features, pcaFeatures } = listsOf(part);
    const lists = [
      ...(features === undefined ? [] : [{ column: FEATURES_COLUMN, ...features }]),
      ...(pcaFeatures === undefined ? [] : [{ column: PROJECTION_COLUMN, ...pcaFeatures }]),
    ];
    if (paths.length > 0) yield table.group({ paths, labels, lists });
  }
  yield table.end();
}

/** What an exported Parquet file says of its run. Nothing of time and place: same run, same bytes. */
function exportMetadata({ manifest, success }: ExportSource): Pairs {
  const model = success.files[RUN_FILES.model];
  return [
    ['verger.format', 'verger-export-1'],
    ['verger.run', manifest.identity],
    ['verger.fingerprint', canonicalJson(manifest.fingerprint)],
    ['verger.verdict', success.verdict],
    ...(model === undefined ? [] : [['verger.modelSha256', model.sha256] as const]),
  ];
}

async function* npyOf(
  parts: AsyncIterable<ExportPart>,
  { success }: ExportSource,
  { what }: ExportOptions,
): AsyncGenerator<ExportPiece> {
  const features = what === 'features';
  const width = features ? FEATURES : (success.k ?? 0);
  const header = npyHeader(features ? FEATURES_COLUMN : PROJECTION_COLUMN, success.extracted, width);
  yield { file: 'table', bytes: header };
  yield { file: 'rows', bytes: Buffer.from('path,label\r\n') };
  for await (const part of parts) {
    const { paths, labels } = part;
    const values = features ? part.features?.features : part.projection?.projection;
    if (values === undefined) throw new Error('a partition lacks what was asked for');
    // Little-endian, as every machine is that onnxruntime-node runs on.
    yield { file: 'table', bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
    const records = paths.map((path, row) => rowRecord(path, labels[row] as string));
    yield { file: 'rows', bytes: Buffer.from(records.join('')) };
  }
}
