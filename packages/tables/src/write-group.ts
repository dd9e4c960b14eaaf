import { VergerError } from '@verger/core';
import type { ColumnChunk, RowGroup } from 'hyparquet';
import type { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import {
  type ListColumn,
  listLevels,
  PAGE_BYTES,
  type StoredColumn,
  storedList,
  TEXT_COLUMNS,
} from './table.ts';

/**
 * One list column of a row group: `values` is row-major [rows, width], Float32Array for FLOAT, Float64Array
 * for DOUBLE.
 */
export interface ListRows {
  readonly column: ListColumn;
  readonly values: Float32Array | Float64Array;
  readonly width: number;
}

/** The rows of one row group, at least one. */
export interface GroupRows {
  readonly paths: readonly string[];
  readonly labels: readonly string[];
  readonly lists: readonly ListRows[];
}

const loneSurrogate = /\p{Surrogate}/u;

/** UTF-8 of a text that has it: half a surrogate pair would silently become U+FFFD, so it is E_INTERNAL. */
export function utf8(value: string): Buffer {
  if (loneSurrogate.test(value)) {
    throw new VergerError('E_INTERNAL', {}, { detail: `not Unicode: ${JSON.stringify(value)}` });
  }
  return Buffer.from(value, 'utf8');
}

function writePage(writer: ByteWriter, values: number, parts: readonly Uint8Array[]): void {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  writePageHeader(writer, {
    type: 'DATA_PAGE',
    uncompressed_page_size: size,
    compressed_page_size: size,
    data_page_header: {
      num_values: values,
      encoding: 'PLAIN',
      definition_level_encoding: 'RLE',
      repetition_level_encoding: 'RLE',
    },
  });
  for (const part of parts) writer.appendBytes(part);
}

function writeTexts(writer: ByteWriter, texts: readonly string[]): void {
  let parts: Buffer[] = [];
  let size = 0;
  let values = 0;
  for (const [index, value] of texts.entries()) {
    const bytes = utf8(value);
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32LE(bytes.length);
    parts.push(length, bytes);
    size += 4 + bytes.length;
    values += 1;
    if (size >= PAGE_BYTES || index === texts.length - 1) {
      writePage(writer, values, parts);
      parts = [];
      size = 0;
      values = 0;
    }
  }
}

function writeLists(writer: ByteWriter, { values, width }: ListRows, count: number): void {
  const rowBytes = width * values.BYTES_PER_ELEMENT;
  const rowsAPage = Math.max(1, Math.ceil(PAGE_BYTES / rowBytes));
  for (let start = 0; start < count; start += rowsAPage) {
    const rows = Math.min(rowsAPage, count - start);
    // Little-endian, as Parquet stores it: so is every machine that onnxruntime-node runs on.
    const bytes = new Uint8Array(values.buffer, values.byteOffset + start * rowBytes, rows * rowBytes);
    writePage(writer, rows * width, [listLevels(rows, width), bytes]);
  }
}

/** Rows that do not fit together, or not in their columns, are E_INTERNAL. */
export function checkGroup({ paths, labels, lists }: GroupRows): void {
  for (const { column, values, width } of lists) {
    const wanted = paths.length * width;
    const kind = values instanceof Float32Array ? 'FLOAT' : 'DOUBLE';
    if (labels.length === paths.length && values.length === wanted && kind === column.type && width > 0)
      continue;
    const found = `${paths.length} paths, ${labels.length} labels, ${values.length} values of width ${width}`;
    throw new VergerError('E_INTERNAL', {}, { detail: `rows of ${column.name} do not fit: ${found}` });
  }
}

/**
 * Appends a row group: data pages v1, PLAIN, uncompressed, no dictionary, no statistics. The pages are laid
 * down here, because hyparquet-writer's own nested path walks every number (265 ms for 1,000 rows, against 10
 * ms); headers are the library's. `base` is the place of the writer's first byte in the file. Cost: one copy
 * of the values.
 */
export function writeGroup(writer: ByteWriter, rows: GroupRows, base: number): RowGroup {
  checkGroup(rows);
  const start = writer.offset;
  const count = rows.paths.length;
  const [path, label] = TEXT_COLUMNS;
  const columns = [
    chunk(writer, base, { ...path, values: count }, () => writeTexts(writer, rows.paths)),
    chunk(writer, base, { ...label, values: count }, () => writeTexts(writer, rows.labels)),
    ...rows.lists.map((list) =>
      chunk(writer, base, { ...storedList(list.column), values: count * list.width }, () =>
        writeLists(writer, list, count),
      ),
    ),
  ];
  const size = BigInt(writer.offset - start);
  return { columns, total_byte_size: size, total_compressed_size: size, num_rows: BigInt(count) };
}

function chunk(
  writer: ByteWriter,
  base: number,
  column: StoredColumn & { readonly values: number },
  write: () => void,
): ColumnChunk {
  const start = base + writer.offset;
  write();
  const size = BigInt(base + writer.offset - start);
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: column.type,
      encodings: ['PLAIN', 'RLE'],
      path_in_schema: column.path,
      codec: 'UNCOMPRESSED',
      num_values: BigInt(column.values),
      total_uncompressed_size: size,
      total_compressed_size: size,
      data_page_offset: BigInt(start),
    },
  };
}
