import { Budget, ERRORS, type ImageRef, readAhead, type Storage, VergerError } from '@verger/core';
import { readImage } from '@verger/listing';
import { type CsvColumns, type CsvRow, csvHeader, csvRecord } from '@verger/tables';

/** Records are handed on in pieces of about this size. */
const PIECE_BYTES = 1024 * 1024;
/** Images that are read before their record is made, and their bytes: one may be 64 MiB. */
const IMAGES_READ_AHEAD = 16;
const IMAGE_BYTES_AHEAD = 64 * 1024 * 1024;

/** One list of each row: `values` is row-major [rows, width]. */
export interface CsvList {
  readonly values: Float32Array | Float64Array;
  readonly width: number;
}

/** Rows of one partition. */
export interface CsvPart {
  readonly paths: readonly string[];
  readonly labels: readonly string[];
  readonly features?: CsvList;
  readonly pcaFeatures?: CsvList;
  /** The image of each row, where the CSV holds them. */
  readonly images?: readonly ImageRef[];
}

/** What a CSV holds and how its cells are written. */
export interface CsvOptions {
  readonly columns: CsvColumns;
  /** Cells that a spreadsheet would run stay as they are. */
  readonly raw: boolean;
  /** Begins with the UTF-8 byte order mark. Default: no. */
  readonly bom?: boolean;
  readonly images: Storage;
  readonly signal: AbortSignal;
}

/**
 * A CSV of all partitions, in pieces of about 1 MiB: header, then one record a row. Images are read again,
 * and must still be the listed ones (E_CSV_IMAGE). Memory: a partition's rows, 64 MiB of images and one
 * record.
 */
export async function* csvPieces(
  parts: AsyncIterable<CsvPart>,
  wish: CsvOptions,
): AsyncGenerator<Uint8Array> {
  const header = Buffer.from(csvHeader(wish.columns, wish));
  let pending: Uint8Array[] = [header];
  let length = header.byteLength;
  for await (const part of parts) {
    for await (const record of csvRecords(part, wish)) {
      pending.push(record);
      length += record.byteLength;
      if (length < PIECE_BYTES) continue;
      yield Buffer.concat(pending, length);
      pending = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(pending, length);
}

function csvRecords(part: CsvPart, wish: CsvOptions): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  return part.images === undefined ? plainRecords(part, wish) : imageRecords(part, part.images, wish);
}

function* plainRecords(part: CsvPart, { raw, signal }: CsvOptions): Generator<Uint8Array> {
  for (let row = 0; row < part.paths.length; row += 1) {
    signal.throwIfAborted();
    yield csvRecord(rowOf(part, row), { raw });
  }
}

async function* imageRecords(
  part: CsvPart,
  refs: readonly ImageRef[],
  { raw, images, signal }: CsvOptions,
): AsyncGenerator<Uint8Array> {
  // Of this CSV alone: what an error leaves taken in it is of no account.
  const budget = new Budget(IMAGE_BYTES_AHEAD);
  const reads = readAhead(refs, IMAGES_READ_AHEAD, async (ref) => {
    const giveBack = await budget.take(ref.bytes);
    return { image: await readAgain(images, ref, signal), giveBack };
  });
  let row = 0;
  for await (const { image, giveBack } of reads) {
    signal.throwIfAborted();
    const record = csvRecord({ ...rowOf(part, row), image }, { raw });
    giveBack();
    row += 1;
    yield record;
  }
}

function rowOf({ paths, labels, features, pcaFeatures }: CsvPart, row: number): CsvRow {
  return {
    path: paths[row] as string,
    label: labels[row] as string,
    ...(features === undefined ? {} : { features: listOf(features, row) }),
    ...(pcaFeatures === undefined ? {} : { pcaFeatures: listOf(pcaFeatures, row) }),
  };
}

const listOf = ({ values, width }: CsvList, row: number) => values.subarray(row * width, (row + 1) * width);

async function readAgain(images: Storage, image: ImageRef, signal: AbortSignal): Promise<Uint8Array> {
  const read = await readImage(images, image, signal);
  if (read.ok) return read.bytes;
  const said = read.said === undefined ? '' : ` ${read.said.sentence}`;
  const detail = `${read.code}: ${ERRORS[read.code].what}${said}`;
  throw new VergerError('E_CSV_IMAGE', { path: image.path }, { detail });
}
