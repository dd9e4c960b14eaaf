import { VergerError } from '@verger/core';
import type { ColumnChunk } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { SEAL_BLANK, SEAL_KEY, seal } from './seal.ts';
import {
  type ListColumn,
  listLevels,
  PAGE_BYTES,
  storedColumns,
  type TableRows,
  tableSchema,
} from './table.ts';

// parquet-mr reads names of this form only, and warns of others. It names the layout, not the release: same rows, same bytes.
const CREATED_BY = 'verger version 1 (build parquet)';

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

function writeLists(writer: ByteWriter, { values, width, paths }: TableRows): void {
  const rowBytes = width * values.BYTES_PER_ELEMENT;
  const rowsAPage = Math.max(1, Math.ceil(PAGE_BYTES / rowBytes));
  for (let start = 0; start < paths.length; start += rowsAPage) {
    const rows = Math.min(rowsAPage, paths.length - start);
    // Little-endian, as Parquet stores it: so is every machine that onnxruntime-node runs on.
    const bytes = new Uint8Array(values.buffer, values.byteOffset + start * rowBytes, rows * rowBytes);
    writePage(writer, rows * width, [listLevels(rows, width), bytes]);
  }
}

/** Rows that do not fit together, or not in the column, are E_INTERNAL. */
export function checkRows({ paths, labels, values, width }: TableRows, column: ListColumn): void {
  const wanted = paths.length * width;
  const kind = values instanceof Float32Array ? 'FLOAT' : 'DOUBLE';
  if (labels.length === paths.length && values.length === wanted && kind === column.type && width > 0) return;
  const found = `${paths.length} paths, ${labels.length} labels, ${values.length} values of width ${width}`;
  throw new VergerError('E_INTERNAL', {}, { detail: `rows of ${column.name} do not fit: ${found}` });
}

/**
 * A Parquet file of one row group (none for no rows): data pages v1, PLAIN, uncompressed, no dictionary, no statistics. The pages are
 * laid down here, because the writer's own nested path walks every number (265 ms for 1,000 rows, against 10 ms); headers and
 * footer are the library's. `metadata` goes into the footer in its order, the seal last. Same arguments, same bytes.
 * Cost: one copy of the values and one sha256 of the file.
 */
export function writeTable(
  rows: TableRows,
  column: ListColumn,
  metadata: readonly (readonly [string, string])[],
): Uint8Array {
  checkRows(rows, column);
  const writer = new ByteWriter(rows.values.byteLength + rows.paths.length * 256 + 65_536);
  const pairs = [...metadata, [SEAL_KEY, SEAL_BLANK] as const];
  const parquet = new ParquetWriter({
    writer,
    schema: tableSchema(column),
    codec: 'UNCOMPRESSED',
    kvMetadata: pairs.map(([key, value]) => ({ key, value })),
    createdBy: CREATED_BY,
  });
  const count = rows.paths.length;
  if (count > 0) {
    const [path, label, list] = storedColumns(column);
    const columns = [
      chunk(writer, { ...path!, values: count }, () => writeTexts(writer, rows.paths)),
      chunk(writer, { ...label!, values: count }, () => writeTexts(writer, rows.labels)),
      chunk(writer, { ...list!, values: count * rows.width }, () => writeLists(writer, rows)),
    ];
    const size = BigInt(writer.offset - 4);
    parquet.row_groups.push({
      columns,
      total_byte_size: size,
      total_compressed_size: size,
      num_rows: BigInt(count),
    });
    parquet.num_rows = BigInt(count);
  }
  // Synchronous, as ByteWriter is; the type allows for writers that are not.
  void parquet.finish();
  const bytes = writer.getBytes();
  seal(bytes);
  return bytes;
}

function chunk(
  writer: ByteWriter,
  column: { type: 'BYTE_ARRAY' | 'FLOAT' | 'DOUBLE'; path: string[]; values: number },
  write: () => void,
): ColumnChunk {
  const start = writer.offset;
  write();
  const size = BigInt(writer.offset - start);
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
