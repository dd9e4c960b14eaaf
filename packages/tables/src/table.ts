import type { SchemaElement } from 'hyparquet';

/**
 * Rows of a features or projection file: `values` is row-major [paths.length, width], Float32Array for FLOAT,
 * Float64Array for DOUBLE.
 */
export interface TableRows {
  readonly paths: readonly string[];
  readonly labels: readonly string[];
  readonly values: Float32Array | Float64Array;
  readonly width: number;
}

/** The one list column of a file of ours, and its element type. */
export interface ListColumn {
  readonly name: 'features' | 'pca_features';
  readonly type: 'FLOAT' | 'DOUBLE';
}

/** The column of features. */
export const FEATURES_COLUMN: ListColumn = { name: 'features', type: 'FLOAT' };
/** The column of a projection. */
export const PROJECTION_COLUMN: ListColumn = { name: 'pca_features', type: 'DOUBLE' };

/** Bytes of one element. */
export function elementBytes(column: Pick<ListColumn, 'type'>): 4 | 8 {
  return column.type === 'FLOAT' ? 4 : 8;
}

const text = (name: string): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  repetition_type: 'REQUIRED',
  converted_type: 'UTF8',
  logical_type: { type: 'STRING' },
});

/**
 * The schema: path, label, and lists in the three levels of the Parquet format's "Lists" chapter. No row is
 * null; the element is OPTIONAL, though none is null, because that is what pyarrow, Spark and DuckDB call a
 * plain `list<float>`.
 */
export function tableSchema(columns: readonly ListColumn[]): SchemaElement[] {
  return [
    { name: 'schema', num_children: 2 + columns.length },
    text('path'),
    text('label'),
    ...columns.flatMap(list),
  ];
}

function list({ name, type }: ListColumn): SchemaElement[] {
  return [
    {
      name,
      repetition_type: 'REQUIRED',
      num_children: 1,
      converted_type: 'LIST',
      logical_type: { type: 'LIST' },
    },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type, repetition_type: 'OPTIONAL' },
  ];
}

/** A column as stored: physical type and path in the schema. */
export interface StoredColumn {
  readonly type: 'BYTE_ARRAY' | 'FLOAT' | 'DOUBLE';
  readonly path: string[];
}

/** The text columns as stored. */
export const TEXT_COLUMNS: readonly [path: StoredColumn, label: StoredColumn] = [
  { type: 'BYTE_ARRAY', path: ['path'] },
  { type: 'BYTE_ARRAY', path: ['label'] },
];

/** A list column as stored: its elements. */
export function storedList({ name, type }: ListColumn): StoredColumn {
  return { type, path: [name, 'list', 'element'] };
}

/** Pages end at the first row that reaches this size. */
export const PAGE_BYTES = 1_048_576;

function run(count: number, value: number): number[] {
  const bytes: number[] = [];
  let header = count * 2;
  while (header > 127) {
    bytes.push((header % 128) + 128);
    header = Math.floor(header / 128);
  }
  bytes.push(header, value);
  return bytes;
}

/**
 * Repetition and definition levels of a page of `rows` full lists of `width` values, as runs of the RLE
 * hybrid (Parquet's Encodings.md), each behind its length in 4 bytes as data page v1 wants. Repetition: 0
 * begins a row, 1 continues it; definition: 2, nothing is null. At most 7 bytes a row.
 */
export function listLevels(rows: number, width: number): Uint8Array {
  const row = width === 1 ? [] : [...run(1, 0), ...run(width - 1, 1)];
  const single = width === 1 ? run(rows, 0) : [];
  const definition = run(rows * width, 2);
  const repetitionBytes = row.length * rows + single.length;
  const bytes = new Uint8Array(8 + repetitionBytes + definition.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, repetitionBytes, true);
  for (let index = 0; index < rows; index++) bytes.set(row, 4 + index * row.length);
  bytes.set(single, 4);
  view.setUint32(4 + repetitionBytes, definition.length, true);
  bytes.set(definition, 8 + repetitionBytes);
  return bytes;
}
