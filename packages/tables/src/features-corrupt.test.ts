import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson, FEATURES, seededNumbers, VergerError } from '@verger/core';
import { FINGERPRINT, featureRows, quarantinedImage } from '@verger/testkit/rows';
import fc from 'fast-check';
import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { ByteWriter } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { decodeFeatures, encodeFeatures } from './features.ts';
import { seal } from './seal.ts';
import { writeTable } from './write-table.ts';

const meta = (rows: number, bad: number) => ({
  fingerprint: FINGERPRINT,
  numericClass: 'verger 0.1.0; x64; probe 12ab',
  listed: rows + bad,
  quarantined: Array.from({ length: bad }, (_, index) => quarantinedImage(`bad ${index}`)),
});

const isCorrupt = (error: unknown) =>
  error instanceof VergerError && error.code === 'E_PART_CORRUPT' && error.detail !== undefined;

test('each flipped bit of the head, the pages of texts and the footer is found', async () => {
  const bytes = encodeFeatures(featureRows(2), meta(2, 1));
  const firstFeatures = bytes.length - 2 * FEATURES * 4;
  for (let at = 0; at < bytes.length; at += at > 400 && at < firstFeatures ? 37 : 1) {
    const flipped = bytes.slice();
    flipped[at]! ^= 1 << (at % 8);
    await assert.rejects(decodeFeatures(flipped), isCorrupt, `byte ${at}`);
  }
});

test('flips of random bits at many seeds are found', async () => {
  const bytes = encodeFeatures(featureRows(40), meta(40, 1));
  for (let seed = 0; seed < 300; seed++) {
    const next = seededNumbers(seed);
    const flipped = bytes.slice();
    flipped[Math.floor(next() * bytes.length)]! ^= 1 << Math.floor(next() * 8);
    await assert.rejects(decodeFeatures(flipped), isCorrupt, `seed ${seed}`);
  }
});

test('a file that is cut, grown or garbage is corrupt', async () => {
  const bytes = encodeFeatures(featureRows(3), meta(3, 0));
  for (const length of [0, 1, 3, 4, 8, 11, 12, 100, bytes.length - 1]) {
    await assert.rejects(decodeFeatures(bytes.subarray(0, length)), isCorrupt, `${length} bytes`);
    await assert.rejects(decodeFeatures(bytes.subarray(bytes.length - length)), isCorrupt, `last ${length}`);
  }
  await assert.rejects(decodeFeatures(Buffer.concat([bytes, Buffer.from([0])])), isCorrupt);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (garbage) => {
      await assert.rejects(decodeFeatures(garbage), isCorrupt);
    }),
  );
});

/**
 * The file with one text in it replaced by another of the same length, and sealed again, as a wrong writer
 * might do.
 */
function resealed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const file = Buffer.from(bytes);
  const at = file.indexOf(from, 'latin1');
  assert.ok(at >= 0 && from.length === to.length);
  file.write(to, at, 'latin1');
  seal(file);
  return file;
}

test('a file with a good seal and a wrong content is corrupt, and the error says why', async () => {
  const bytes = encodeFeatures(featureRows(2), meta(2, 1));
  const cases: [string, string, RegExp][] = [
    ['verger-features-1', 'verger-features-2', /format/],
    ['verger.listed', 'verger.lister', /lacks verger.listed/],
    ['"E_IMG_TRUNCATED"', '"E_IMG_TRUNCATEX"', /code/],
    ['"bytes":17', '"bytes":18', /digest/],
    ['0/plain/apple', '0/plain/appla', /digest/],
    ['untrained', 'imaginary', /weightsKind/],
    ['label', 'lobel', /columns/],
    ['verger.listed\x18\x013', 'verger.listed\x18\x014', /add up/],
    // The first row goes on into the second: 2,560 numbers and no row after.
    ['\x02\x00\xfe\x13\x01\x02\x00', '\x02\x00\xfe\x13\x01\x02\x01', /1280 numbers/],
  ];
  for (const [from, to, detail] of cases) {
    await assert.rejects(decodeFeatures(resealed(bytes, from, to)), (error: unknown) => {
      assert.ok(isCorrupt(error));
      assert.match((error as VergerError).detail ?? '', detail);
      return true;
    });
  }
  const unchanged = resealed(bytes, 'untrained', 'untrained');
  assert.deepEqual(unchanged, Buffer.from(bytes));
});

test('a feature that a wrong writer changed is found by the rows digest', async () => {
  const rows = featureRows(2);
  const file = Buffer.from(encodeFeatures(rows, meta(2, 0)));
  const at = file.indexOf(Buffer.from(rows.features.buffer, 0, 64));
  assert.ok(at > 0);
  file[at + 5 * 4]! ^= 1;
  seal(file);
  await assert.rejects(decodeFeatures(file), /digest/);
});

test('a sealed file whose rows are of another width is corrupt', async () => {
  const pairs: [string, string][] = [
    ['verger.format', 'verger-features-1'],
    ['verger.fingerprint', canonicalJson(FINGERPRINT)],
    ['verger.numericClass', 'x'],
    ['verger.listed', '2'],
    ['verger.quarantined', '[]'],
    ['verger.rowsDigest', '0'.repeat(64)],
  ];
  for (const width of [1279, 640, 2560]) {
    const rows = { paths: ['a', 'b'], labels: ['', ''], values: new Float32Array(2 * width), width };
    const bytes = writeTable(rows, { name: 'features', type: 'FLOAT' }, pairs);
    await assert.rejects(decodeFeatures(bytes), /1280 numbers|whole rows/);
  }
});

/** The file with its footer changed, its body cut at `bodyEnd`, and sealed again. */
function refooted(bytes: Uint8Array, change: (footer: FileMetaData) => void, bodyEnd?: number): Uint8Array {
  const footer = parquetMetadata(bytes);
  const writer = new ByteWriter();
  writer.appendBytes(bytes.subarray(0, bodyEnd ?? bytes.length - 8 - footer.metadata_length));
  change(footer);
  writeMetadata(writer, footer);
  writer.appendUint32(0x31524150);
  seal(writer.getBytes());
  return writer.getBytes();
}

test('a sealed file whose footer does not fit its body is corrupt, and the error says why', async () => {
  const bytes = encodeFeatures(featureRows(2), meta(2, 0));
  assert.deepEqual(
    refooted(bytes, () => {}),
    bytes,
  );
  const group = (footer: FileMetaData) => footer.row_groups[0]!;
  const list = (footer: FileMetaData) => group(footer).columns[2]!.meta_data!;
  const rows = (count: bigint) => (footer: FileMetaData) => {
    footer.num_rows = count;
    group(footer).num_rows = count;
  };
  const cases: [(footer: FileMetaData) => void, RegExp][] = [
    [rows(3n), /texts for 3 rows/],
    [rows(1n), /texts for 1 rows/],
    [(footer) => (group(footer).num_rows = 3n), /row counts/],
    [(footer) => (footer.num_rows = 0n), /one row group/],
    [(footer) => footer.row_groups.push(group(footer)), /one row group/],
    [(footer) => (list(footer).codec = 'SNAPPY'), /not stored as verger does/],
    [(footer) => (list(footer).data_page_offset += 1n), /not stored as verger does/],
    [(footer) => (list(footer).total_compressed_size -= 8n), /do not fill/],
    [(footer) => group(footer).columns.pop(), /not stored as verger does/],
  ];
  for (const [change, detail] of cases) await assert.rejects(decodeFeatures(refooted(bytes, change)), detail);
});

test('a sealed file that lacks its last page of lists is corrupt', async () => {
  const bytes = encodeFeatures(featureRows(300), meta(300, 0));
  const list = parquetMetadata(bytes).row_groups[0]!.columns[2]!.meta_data!;
  const start = Number(list.data_page_offset);
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: start };
  const firstPageEnd = parquetHeader(reader).compressed_page_size + reader.offset;
  const cut = refooted(
    bytes,
    (footer) => {
      footer.row_groups[0]!.columns[2]!.meta_data!.total_compressed_size = BigInt(firstPageEnd - start);
    },
    firstPageEnd,
  );
  await assert.rejects(decodeFeatures(cut), /not every row has 1280 numbers/);
});
