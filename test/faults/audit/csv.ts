import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Audit, messageOf } from './context.ts';
import { CSV } from './names.ts';
import type { ProjectedRows } from './projection.ts';
import type { Epoch, ListedImage } from './records.ts';

const [QUOTE, COMMA, CR, LF] = [0x22, 0x2c, 0x0d, 0x0a];

/**
 * A strict reader of RFC 4180 over bytes: records end in CRLF, the last one too; a quoted cell holds
 * anything, its quotes doubled; a bare cell holds no quote, comma, CR or LF. Throws at the first byte that is
 * otherwise.
 */
export function* csvRecords(bytes: Buffer): Generator<Buffer[]> {
  let record: Buffer[] = [];
  let at = 0;
  const fail = (): never => {
    throw new Error(`it is not RFC 4180 at byte ${at}`);
  };
  while (at < bytes.length) {
    const start = at;
    if (bytes[at] === QUOTE) {
      const pieces: Buffer[] = [];
      for (;;) {
        const end = bytes.indexOf(QUOTE, at + 1);
        if (end < 0) fail();
        pieces.push(bytes.subarray(at + 1, bytes[end + 1] === QUOTE ? end + 1 : end));
        at = end + 1;
        if (bytes[at] !== QUOTE) break;
      }
      record.push(Buffer.concat(pieces));
    } else {
      while (at < bytes.length && ![QUOTE, COMMA, CR, LF].includes(bytes[at]!)) at += 1;
      record.push(bytes.subarray(start, at));
    }
    if (bytes[at] === COMMA) at += 1;
    else if (bytes[at] === CR && bytes[at + 1] === LF) {
      yield record;
      record = [];
      at += 2;
    } else fail();
  }
  if (record.length > 0) fail();
}

/** The UTF-8 byte order mark, which stands before the header where it was asked for. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

const RUNS = /^[=+\-@\t\r\n＝＋－＠]/;

const shown = (value: string, raw: boolean) => (!raw && RUNS.test(value) ? `'${value}` : value);

/**
 * Checks `result.csv`: one record a projected row, in order; numbers exactly those of the projection; images
 * byte by byte.
 */
export async function checkCsv(
  audit: Audit,
  finish: Epoch['finish'],
  rows: { readonly parts: readonly ProjectedRows[]; readonly listed: ReadonlyMap<string, ListedImage> },
): Promise<void> {
  const bytes = await audit.require(CSV);
  if (bytes === undefined) return;
  const fault = (text: string) => audit.fault(CSV, text);
  const hasMark = bytes.subarray(0, 3).equals(MARK);
  if (hasMark !== (finish.csvBom === true)) fault(`it has ${hasMark ? 'a' : 'no'} byte order mark`);
  const records = csvRecords(hasMark ? bytes.subarray(3) : bytes);
  const header = records.next().value?.join(',');
  if (header !== `path,label,pca_features${finish.withImages ? ',image_base64' : ''}`)
    fault(`its header is ${header}`);
  let line = 1;
  for (const { paths, labels, values, width } of rows.parts) {
    for (const [row, path] of paths.entries()) {
      line += 1;
      const cells = records.next().value;
      if (cells === undefined) return fault(`it ends before ${path}`);
      const wanted = [shown(path, finish.csvRaw), shown(labels[row]!, finish.csvRaw)];
      if (cells.length !== (finish.withImages ? 4 : 3))
        return fault(`record ${line} has ${cells.length} cells`);
      if (cells[0]?.toString() !== wanted[0] || cells[1]?.toString() !== wanted[1])
        return fault(`record ${line} is not ${path}`);
      const numbers = JSON.parse(String(cells[2])) as unknown[];
      const own = values.subarray(row * width, (row + 1) * width);
      const isSame = numbers.length === width && numbers.every((value, at) => Object.is(value, own[at]));
      if (
        !isSame ||
        `[${numbers.map((value) => (Object.is(value, -0) ? '-0' : String(value))).join()}]` !==
          String(cells[2])
      ) {
        fault(`record ${line} has other numbers than the projection`);
      }
      if (finish.withImages) {
        const problem = await imageFault(audit, cells[3]!, rows.listed.get(path));
        if (problem !== undefined) fault(`record ${line}, ${path}: ${problem}`);
      }
    }
  }
  if (records.next().done !== true) fault('it has more records than there are rows');
}

async function imageFault(
  audit: Audit,
  cell: Buffer,
  listed: ListedImage | undefined,
): Promise<string | undefined> {
  const text = cell.toString('latin1');
  const image = Buffer.from(text, 'base64');
  if (image.toString('base64') !== text) return 'the image is not base64';
  if (image.length !== listed?.bytes)
    return `the image has ${image.length} bytes, ${listed?.bytes} were listed`;
  if (audit.images === undefined) return undefined;
  try {
    return image.equals(await readFile(join(audit.images, listed.path)))
      ? undefined
      : 'the image is not that of the folder';
  } catch (error) {
    return `the image cannot be compared: ${messageOf(error)}`;
  }
}
