import { canonicalJson, VergerError } from '@verger/core';
import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { isSealIntact } from './seal.ts';
import { elementBytes, type ListColumn, listLevels, storedList, TEXT_COLUMNS, tableSchema } from './table.ts';

/** E_PART_CORRUPT with what was seen. */
export function corrupt(detail: string, cause?: unknown): VergerError {
  return new VergerError('E_PART_CORRUPT', {}, { detail, cause });
}

/**
 * Runs the reading of a file; whatever is thrown in it, a RangeError of a library too, becomes
 * E_PART_CORRUPT.
 */
export function readingStored<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof VergerError && error.code === 'E_PART_CORRUPT') throw error;
    throw corrupt(error instanceof Error ? error.message : String(error), error);
  }
}

/**
 * A file as stored: the list column's values as bytes, row after row, to be given their type by the caller.
 */
export interface StoredTable {
  readonly paths: string[];
  readonly labels: string[];
  /** A copy that begins at offset 0 of its buffer, so that any typed array fits on it. */
  readonly values: Uint8Array;
  readonly width: number;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Footer of the file that ends with `tail`, checked against the schema and against the file's size: three
 * column chunks, one after the other, that fill the file up to the footer. Throws whatever is wrong.
 */
export function readFooter(tail: Uint8Array, totalBytes: number, column: ListColumn): FileMetaData {
  const footer = parquetMetadata(tail, { geoparquet: false });
  if (canonicalJson(footer.schema) !== canonicalJson(tableSchema([column]))) {
    throw corrupt(`the columns are not path, label, ${column.name}`);
  }
  const rows = Number(footer.num_rows);
  const group = footer.row_groups[0];
  if (footer.row_groups.length !== (rows === 0 ? 0 : 1)) throw corrupt('it does not have one row group');
  if (group !== undefined && Number(group.num_rows) !== rows) throw corrupt('the row counts differ');
  let offset = 4;
  for (const [index, { type, path }] of (group === undefined
    ? []
    : [...TEXT_COLUMNS, storedList(column)]
  ).entries()) {
    const data = group?.columns[index]?.meta_data;
    const isOurs =
      data?.type === type &&
      data.path_in_schema.join('/') === path.join('/') &&
      data.codec === 'UNCOMPRESSED' &&
      Number(data.data_page_offset) === offset;
    if (!isOurs) throw corrupt(`column ${path[0]} is not stored as verger does`);
    offset += Number(data.total_compressed_size);
  }
  if (offset !== totalBytes - 8 - footer.metadata_length) throw corrupt('the columns do not fill the file');
  return footer;
}

/** Key-value pairs of a footer. */
export function footerPairs(footer: FileMetaData): ReadonlyMap<string, string> {
  return new Map((footer.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? '']));
}

/** The value of a key; E_PART_CORRUPT without it. */
export function requiredPair(metadata: ReadonlyMap<string, string>, key: string): string {
  const value = metadata.get(key);
  if (value === undefined) throw corrupt(`its metadata lacks ${key}`);
  return value;
}

/** The pages of one column chunk, each checked to lie inside it. */
function* pages(
  bytes: Uint8Array,
  start: number,
  end: number,
): Generator<{ body: Uint8Array; values: number }> {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, end), offset: start };
  while (reader.offset < end) {
    const header = parquetHeader(reader);
    const page = header.data_page_header;
    if (header.type !== 'DATA_PAGE' || page?.encoding !== 'PLAIN') throw corrupt('a page is not PLAIN');
    const bodyEnd = reader.offset + header.compressed_page_size;
    if (!(bodyEnd >= reader.offset && bodyEnd <= end)) throw corrupt('a page leaves its column');
    yield { body: bytes.subarray(reader.offset, bodyEnd), values: page.num_values };
    reader.offset = bodyEnd;
  }
}

function readTexts(bytes: Uint8Array, [start, end]: readonly [number, number], rows: number): string[] {
  const texts: string[] = [];
  for (const { body, values } of pages(bytes, start, end)) {
    const page = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    let offset = 0;
    for (let index = 0; index < values; index++) {
      const length = page.readUInt32LE(offset);
      if (offset + 4 + length > page.length) throw corrupt('a text leaves its page');
      texts.push(page.toString('utf8', offset + 4, offset + 4 + length));
      offset += 4 + length;
    }
    if (offset !== page.length) throw corrupt('a page of texts has bytes left over');
  }
  if (texts.length !== rows) throw corrupt(`${texts.length} texts for ${rows} rows`);
  return texts;
}

function readLists(
  bytes: Uint8Array,
  [start, end]: readonly [number, number],
  shape: { rows: number; width: number; elementBytes: number },
): Uint8Array {
  const rowBytes = shape.width * shape.elementBytes;
  if (shape.rows * rowBytes > end - start) throw corrupt(`not every row has ${shape.width} numbers`);
  const lists = new Uint8Array(shape.rows * rowBytes);
  let offset = 0;
  for (const { body, values } of pages(bytes, start, end)) {
    const rows = values / shape.width;
    if (!Number.isInteger(rows)) throw corrupt('a page does not hold whole rows');
    const levels = listLevels(rows, shape.width);
    const isFull = body.length === levels.length + rows * rowBytes;
    if (!isFull || Buffer.compare(body.subarray(0, levels.length), levels) !== 0) {
      throw corrupt(`not every row has ${shape.width} numbers`);
    }
    lists.set(body.subarray(levels.length), offset);
    offset += rows * rowBytes;
  }
  if (offset !== lists.length) throw corrupt('the lists are not as many as the rows');
  return lists;
}

/**
 * Reads a file of `writeTable`; `widthOf` says from the metadata how many numbers a row must have. The seal
 * is checked before anything is believed; then schema, places, levels and counts. Throws whatever is wrong:
 * call it inside `readingStored`. Cost: one sha256 and one copy of the values.
 */
export function readTable(
  bytes: Uint8Array,
  column: ListColumn,
  widthOf: (metadata: ReadonlyMap<string, string>) => number,
): StoredTable {
  if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== 'PAR1')
    throw corrupt('it is not a Parquet file');
  if (!isSealIntact(bytes)) throw corrupt('its bytes are not those that were written');
  const footer = readFooter(bytes, bytes.length, column);
  const metadata = footerPairs(footer);
  const width = widthOf(metadata);
  const rows = Number(footer.num_rows);
  const ranges = (footer.row_groups[0]?.columns ?? []).map(({ meta_data: data }): [number, number] => {
    const start = Number(data?.data_page_offset);
    return [start, start + Number(data?.total_compressed_size)];
  });
  const [paths = [0, 0], labels = [0, 0], lists = [0, 0]] = ranges as [number, number][];
  return {
    paths: readTexts(bytes, paths, rows),
    labels: readTexts(bytes, labels, rows),
    values: readLists(bytes, lists, { rows, width, elementBytes: elementBytes(column) }),
    width,
    metadata,
  };
}
