import { VergerError } from '@verger/core';

/**
 * One row of a CSV; result.csv has no `features`. `image` are the bytes of the image file, where images were
 * asked for.
 */
export interface CsvRow {
  readonly path: string;
  readonly label: string;
  readonly features?: ArrayLike<number>;
  readonly pcaFeatures?: ArrayLike<number>;
  readonly image?: Uint8Array;
}

/** Which columns a CSV has beside path and label. */
export interface CsvColumns {
  readonly features?: boolean;
  /** Default: yes. */
  readonly pcaFeatures?: boolean;
  readonly withImages: boolean;
}

/**
 * The first line, such as `path,label,pca_features,image_base64`. The file is UTF-8; a byte order mark, by
 * which Excel knows that, comes before it only where it is asked for.
 */
export function csvHeader(
  { features = false, pcaFeatures = true, withImages }: CsvColumns,
  { bom = false }: { readonly bom?: boolean } = {},
): string {
  const lists = [...(features ? ['features'] : []), ...(pcaFeatures ? ['pca_features'] : [])];
  const columns = ['path', 'label', ...lists, ...(withImages ? ['image_base64'] : [])];
  return `${bom ? '\uFEFF' : ''}${columns.join(',')}\r\n`;
}

// OWASP, "CSV Injection": what makes a spreadsheet run a cell. The full-width forms count as the plain ones
// in some of them.
const executable = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;
const needsQuotes = /[",\r\n]|^ | $/;

/**
 * One cell in RFC 4180: quoted where it holds a quote, a comma, a line end or begins or ends with a space,
 * quotes doubled. Unless `raw`, a cell that a spreadsheet would run (it begins with = + - @, tab, CR, LF or a
 * full-width ＝＋－＠) gets an apostrophe before it; a reader that wants paths as they are asks for `raw`.
 */
function textCell(value: string, raw: boolean): string {
  const safe = !raw && executable.test(value) ? `'${value}` : value;
  return needsQuotes.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A record of a CSV of rows without numbers: path and label as they are. */
export function rowRecord(path: string, label: string): string {
  return `${textCell(path, true)},${textCell(label, true)}\r\n`;
}

function numbersCell(values: ArrayLike<number>): string {
  let cell = '"[';
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (!Number.isFinite(value))
      throw new VergerError('E_INTERNAL', {}, { detail: `${value} is not a JSON number` });
    // String(-0) is '0'; JSON can say -0.
    cell += `${index === 0 ? '' : ','}${Object.is(value, -0) ? '-0' : value}`;
  }
  return `${cell}]"`;
}

/**
 * One record as UTF-8 bytes, its CRLF included. Lists are JSON arrays, always quoted, of numbers in the
 * shortest form that reads back to the same double. Numbers that are not finite are E_INTERNAL. Memory: about
 * three times the base64 of the image.
 */
export function csvRecord(row: CsvRow, options: { readonly raw: boolean }): Uint8Array {
  const cells = [
    textCell(row.path, options.raw),
    textCell(row.label, options.raw),
    ...(row.features === undefined ? [] : [numbersCell(row.features)]),
    ...(row.pcaFeatures === undefined ? [] : [numbersCell(row.pcaFeatures)]),
  ];
  const text = cells.join(',');
  if (row.image === undefined) return Buffer.from(`${text}\r\n`, 'utf8');
  const { buffer, byteOffset, byteLength } = row.image;
  const base64 = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  const textBytes = Buffer.byteLength(text, 'utf8');
  const record = Buffer.allocUnsafe(textBytes + base64.length + 3);
  record.write(text, 0, 'utf8');
  // Apart from the text: one letter beyond Latin-1 in a path would make the joined string two bytes a
  // character.
  record.write(',', textBytes, 'latin1');
  record.write(base64, textBytes + 1, 'latin1');
  record.write('\r\n', textBytes + 1 + base64.length, 'latin1');
  return record;
}
