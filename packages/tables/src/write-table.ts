import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { SEAL_BLANK, SEAL_KEY, seal } from './seal.ts';
import { type ListColumn, type TableRows, tableSchema } from './table.ts';
import { checkGroup, type GroupRows, writeGroup } from './write-group.ts';

// parquet-mr reads names of this form only, and warns of others. It names the layout, not the release: same
// rows, same bytes.
const CREATED_BY = 'verger version 1 (build parquet)';

/** Key-value pairs of a footer, in their order. */
export type Pairs = readonly (readonly [string, string])[];

const startFile = (writer: ByteWriter, columns: readonly ListColumn[], pairs: Pairs) =>
  new ParquetWriter({
    writer,
    schema: tableSchema(columns),
    codec: 'UNCOMPRESSED',
    kvMetadata: pairs.map(([key, value]) => ({ key, value })),
    createdBy: CREATED_BY,
  });

const groupOf = ({ paths, labels, values, width }: TableRows, column: ListColumn): GroupRows => ({
  paths,
  labels,
  lists: [{ column, values, width }],
});

/** A writer that seldom has to grow. */
function roomFor({ paths, lists }: GroupRows): ByteWriter {
  const values = lists.reduce((total, list) => total + list.values.byteLength, 0);
  return new ByteWriter(values + paths.length * 256 + 65_536);
}

/** Rows that do not fit together, or not in the column, are E_INTERNAL. */
export function checkRows(rows: TableRows, column: ListColumn): void {
  checkGroup(groupOf(rows, column));
}

/**
 * A Parquet file of one row group (none for no rows). `metadata` goes into the footer in its order, the seal
 * last; headers and footer are hyparquet-writer's. Same arguments, same bytes. Cost: one copy of the values
 * and one sha256 of the file.
 */
export function writeTable(rows: TableRows, column: ListColumn, metadata: Pairs): Uint8Array {
  const group = groupOf(rows, column);
  checkGroup(group);
  const writer = roomFor(group);
  const parquet = startFile(writer, [column], [...metadata, [SEAL_KEY, SEAL_BLANK]]);
  if (rows.paths.length > 0) {
    parquet.row_groups.push(writeGroup(writer, group, 0));
    parquet.num_rows = BigInt(rows.paths.length);
  }
  // Synchronous, as ByteWriter is; the type allows for writers that are not.
  void parquet.finish();
  const bytes = writer.getBytes();
  seal(bytes);
  return bytes;
}

/**
 * A Parquet file that is made piece by piece: `group` for each row group, then `end` once. The pieces in this
 * order are the file.
 */
export interface TablePieces {
  group(rows: GroupRows): Uint8Array;
  end(): Uint8Array;
}

/**
 * A Parquet file of any number of row groups, in pieces: no seal, because its bytes are gone before its end
 * is known. Memory: one row group, and 300 bytes of footer for each that was written. Same arguments, same
 * bytes.
 */
export function writePieces(columns: readonly ListColumn[], metadata: Pairs): TablePieces {
  const footer = new ByteWriter();
  const parquet = startFile(footer, columns, metadata);
  const magic = footer.offset;
  let offset = 0;
  return {
    group: (rows) => {
      const first = offset === 0;
      const writer = roomFor(rows);
      if (first) writer.appendBytes(footer.getBytes().slice(0, magic));
      parquet.row_groups.push(writeGroup(writer, rows, offset));
      parquet.num_rows += BigInt(rows.paths.length);
      offset += writer.offset;
      return writer.getBytes();
    },
    end: () => {
      void parquet.finish();
      return footer.getBytes().subarray(offset === 0 ? 0 : magic);
    },
  };
}
