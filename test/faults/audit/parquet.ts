import { createHash } from 'node:crypto';
import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';

/** A features or projection file: `values` is row-major [paths.length, width]. */
export interface Table {
  readonly paths: string[];
  readonly labels: string[];
  readonly values: Float64Array;
  readonly width: number;
  readonly pairs: ReadonlyMap<string, string>;
}

/** The list column and its physical type. */
export interface Column {
  readonly name: 'features' | 'pca_features';
  readonly type: 'FLOAT' | 'DOUBLE';
}

const SEAL = Buffer.concat([Buffer.from('verger.seal'), Buffer.from([0x18, 64])]);

/** True when the sha256 that stands at the last `verger.seal` is that of the file with 64 zeros there. */
function isSealed(file: Buffer): boolean {
  const at = file.lastIndexOf(SEAL) + SEAL.length;
  if (at < SEAL.length || at + 64 > file.length) return false;
  const blank = Buffer.from(file);
  blank.fill('0', at, at + 64);
  return createHash('sha256').update(blank).digest('hex') === file.toString('latin1', at, at + 64);
}

function expectedSchema(column: Column): string[] {
  return [
    'schema - - 3',
    'path BYTE_ARRAY REQUIRED -',
    'label BYTE_ARRAY REQUIRED -',
    `${column.name} - REQUIRED 1`,
    'list - REPEATED 1',
    `element ${column.type} OPTIONAL -`,
  ];
}

function checkFooter(footer: FileMetaData, column: Column): void {
  const schema = footer.schema.map(
    ({ name, type, repetition_type, num_children }) =>
      `${name} ${type ?? '-'} ${repetition_type ?? '-'} ${num_children ?? '-'}`,
  );
  const expected = expectedSchema(column);
  if (schema.join('\n') !== expected.join('\n')) throw new Error(`its schema is ${schema.join(', ')}`);
  const chunks = footer.row_groups.flatMap(({ columns }) => columns);
  if (chunks.some(({ meta_data }) => meta_data?.codec !== 'UNCOMPRESSED'))
    throw new Error('it is compressed');
  if (footer.row_groups.length > 1) throw new Error('it has several row groups');
}

/**
 * Reads a file with hyparquet's own reader, after its seal held: no byte is believed before. `widthOf` says
 * from the metadata how many numbers each row must have. Throws whatever is wrong.
 */
export async function readTable(
  bytes: Buffer,
  column: Column,
  widthOf: (pairs: ReadonlyMap<string, string>) => number,
): Promise<Table> {
  if (!isSealed(bytes)) throw new Error('its seal is broken');
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const footer = parquetMetadata(file, { geoparquet: false });
  checkFooter(footer, column);
  const pairs = new Map((footer.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? '']));
  const width = widthOf(pairs);
  const rows: Record<string, unknown>[] =
    Number(footer.num_rows) === 0
      ? []
      : await parquetReadObjects({ file, metadata: footer, geoparquet: false });
  if (rows.length !== Number(footer.num_rows)) throw new Error('it has not the rows that it counts');
  const values = new Float64Array(rows.length * width);
  for (const [index, row] of rows.entries()) {
    const list = row[column.name] as ArrayLike<unknown>;
    if (list.length !== width) throw new Error(`row ${index} has ${list.length} numbers, not ${width}`);
    for (let at = 0; at < width; at++) {
      const value = list[at];
      if (typeof value !== 'number') throw new Error(`row ${index} has no number at ${at}`);
      values[index * width + at] = value;
    }
  }
  const texts = (name: string) =>
    rows.map((row) => {
      const value = row[name];
      if (typeof value !== 'string') throw new Error(`a ${name} is not a text`);
      return value;
    });
  return { paths: texts('path'), labels: texts('label'), values, width, pairs };
}
