import { createHash } from 'node:crypto';
import type { ImageCode } from './codes.ts';
import { type Audit, canonical, guarded } from './context.ts';
import { partNames } from './names.ts';
import { type Column, readTable, type Table } from './parquet.ts';
import { quarantinedShape } from './record-shapes.ts';
import type { ListedImage, Manifest, QuarantinedImage } from './records.ts';
import { list } from './shape.ts';
import { WIDTH } from './sums-file.ts';

const COLUMN: Column = { name: 'features', type: 'FLOAT' };
const KEYS = [
  'verger.format',
  'verger.fingerprint',
  'verger.numericClass',
  'verger.listed',
  'verger.quarantined',
  'verger.rowsDigest',
  'verger.seal',
];
const MAX_IMAGE_BYTES = 64 * 2 ** 20;

/** What a features file gave. */
export interface Features extends Table {
  readonly quarantined: readonly QuarantinedImage[];
  readonly rowsDigest: string;
  readonly numericClass: string;
}

/** Reads and checks the features file of one partition; undefined when it is absent or of no use. */
export async function checkFeatures(
  audit: Audit,
  part: number,
  plan: {
    readonly manifest: Manifest;
    readonly listing: readonly ListedImage[] | undefined;
    readonly codes: ReadonlyMap<string, ImageCode>;
  },
): Promise<Features | undefined> {
  const file = partNames(part, plan.manifest.partDigits).features;
  const bytes = await audit.read(file);
  if (bytes === undefined) return undefined;
  const table = await guarded(audit, file, () => readTable(bytes, COLUMN, () => WIDTH));
  if (table === undefined) return undefined;
  const fault = (text: string) => audit.fault(file, text);
  const pair = (key: string) => table.pairs.get(`verger.${key}`) ?? '';
  if ([...table.pairs.keys()].join() !== KEYS.join()) fault('its metadata has other keys');
  if (pair('format') !== 'verger-features-1') fault('its format is another');
  if (pair('fingerprint') !== canonical(plan.manifest.fingerprint))
    fault('its fingerprint is not that of the manifest');
  const quarantined = await guarded(audit, file, () => quarantineOf(pair('quarantined')));
  if (quarantined === undefined) return undefined;
  if (pair('listed') !== String(table.paths.length + quarantined.length)) fault('its counts do not add up');
  const rowsDigest = digestOfRows(table, quarantined);
  if (pair('rowsDigest') !== rowsDigest) fault('its rows digest is not that of its rows');
  const odd = table.values.findIndex((value) => !(value >= 0 && value < 8));
  if (odd >= 0) fault(`feature ${odd % WIDTH} of row ${Math.floor(odd / WIDTH)} is ${table.values[odd]}`);
  for (const record of quarantined) checkQuarantined(fault, record, plan.codes);
  if (plan.listing !== undefined) checkAgainstListing(fault, { table, quarantined }, plan.listing);
  return { ...table, quarantined, rowsDigest, numericClass: pair('numericClass') };
}

function quarantineOf(json: string): QuarantinedImage[] {
  const value: unknown = JSON.parse(json);
  const fault = list(quarantinedShape)(value, 'quarantine');
  if (fault !== undefined) throw new Error(fault);
  if (canonical(value) !== json) throw new Error('its quarantine is not canonical JSON');
  return value as QuarantinedImage[];
}

/** sha256 over rows and quarantine, each item behind its length (docs/formats.md). */
function digestOfRows({ paths, labels, values }: Table, quarantined: readonly QuarantinedImage[]): string {
  const hash = createHash('sha256');
  const add = (item: Uint8Array | string) => {
    const bytes = Buffer.from(item as string);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    hash.update(length).update(bytes);
  };
  add(`rows ${paths.length}`);
  for (const [row, path] of paths.entries()) {
    add(path);
    add(labels[row]!);
    add(new Uint8Array(Float32Array.from(values.subarray(row * WIDTH, (row + 1) * WIDTH)).buffer));
  }
  add(`quarantined ${quarantined.length}`);
  for (const record of quarantined) add(canonical(record));
  return hash.digest('hex');
}

function checkQuarantined(
  fault: (text: string) => void,
  { path, code, reason, bytes, environmental, storeCode }: QuarantinedImage,
  codes: ReadonlyMap<string, ImageCode>,
): void {
  const known = codes.get(code);
  if (known === undefined) {
    fault(`${path} has the code ${code}, which is none of an image`);
    return;
  }
  if (known.what !== reason) fault(`${path} has ${code} with the reason of another code`);
  if (known.environmental !== environmental) fault(`${path} has ${code} with environmental ${environmental}`);
  if (storeCode !== undefined && !known.environmental)
    fault(`${path} has ${code}, which no store gives, and the store code ${storeCode}`);
  if (code === 'E_IMG_EMPTY' && bytes > 0) fault(`${path} has ${bytes} bytes and ${code}`);
  if (code === 'E_IMG_TOO_LARGE' && bytes <= MAX_IMAGE_BYTES) fault(`${path} has ${bytes} bytes and ${code}`);
}

/** Each image of the listing once: as a row or in quarantine, in order, with its label. */
function checkAgainstListing(
  fault: (text: string) => void,
  { table, quarantined }: { table: Table; quarantined: readonly QuarantinedImage[] },
  listing: readonly ListedImage[],
): void {
  let row = 0;
  let bad = 0;
  for (const { path, label, bytes, refused } of listing) {
    const record = quarantined[bad];
    if (refused === undefined && table.paths[row] === path && table.labels[row] === label) {
      row += 1;
      if (bytes === 0) fault(`${path} has features, but no bytes`);
      if (bytes > MAX_IMAGE_BYTES) fault(`${path} has features, but too many bytes`);
    } else if (
      record?.path === path &&
      record.label === label &&
      record.bytes === bytes &&
      (refused === undefined || record.code === refused)
    ) {
      bad += 1;
    } else {
      fault(`${path} is listed, but neither the next row nor the next in quarantine`);
      return;
    }
  }
  if (row !== table.paths.length) fault(`row ${row}, ${table.paths[row]}, is not in the listing`);
  if (bad !== quarantined.length) fault(`${quarantined[bad]?.path} is in quarantine, but not in the listing`);
}
