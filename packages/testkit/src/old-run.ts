/**
 * Runs that an earlier release made, each fixture one file: brotli of JSON. Sums files, 6.6 MB of int64 each,
 * are kept as their header and the integer rows that they sum, and are written out by the few lines below,
 * which use nothing of the product; a sha256 of each file shows that what is unpacked is what that release
 * wrote. `run-0.1.json.br` was made by the build of release 0.1.0 (commit 5f2d3fc):
 *
 *     run /tmp/orchard --output /tmp/verger-0.1 --weights untrained --max-bad 1 --processes 1
 *       --name finished --partitions 2 --components 3 --csv
 *       --name unfinished --partitions 4 --components 2       killed (SIGKILL) once partitions 0 and 1 were
 * committed
 *
 * and packed by `tsx --conditions=verger-source packages/testkit/src/pack-run.ts /tmp/orchard /tmp/verger-0.1
 * FILE`.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { type Manifest, withSelfHash } from '@verger/core';

/**
 * A sums file: its header as it is there, and its rows, [label's place in the header, integer features as
 * base64 of uint32].
 */
export interface PackedSums {
  readonly header: string;
  readonly rows: readonly (readonly [number, string])[];
}

/** What a fixture holds: base64 of small files, by their path in the folder. */
export interface PackedRuns {
  /** Where the images were. */
  readonly images: string;
  readonly imageFiles: Readonly<Record<string, string>>;
  readonly runFiles: Readonly<
    Record<string, { sha256: string; bytes: string } | { sha256: string; sums: PackedSums }>
  >;
}

/** Of every image in these fixtures, in seconds: it is their `version` in the listing. */
export const IMAGE_TIME = 1_767_323_045;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/**
 * The bytes of a sums file from its rows: docs/formats.md. Sums of a few rows of integers up to 2^19 are
 * exact in doubles.
 */
export function writeSums({ header, rows }: PackedSums): Uint8Array {
  const { width, labels } = JSON.parse(header) as { width: number; labels: [string, number][] };
  const integers = rows.map(([label, row]) => {
    const bytes = Buffer.from(row, 'base64');
    return { label, values: Array.from({ length: width }, (_, at) => bytes.readUInt32LE(at * 4)) };
  });
  const start = 48 + header.length;
  const file = Buffer.alloc(start + 8 * (width + (width * (width + 1)) / 2 + labels.length * width));
  let offset = start;
  const put = (value: number) => {
    file.writeUInt32LE(value % 2 ** 32, offset);
    file.writeUInt32LE(Math.floor(value / 2 ** 32), offset + 4);
    offset += 8;
  };
  const total = (of: (row: (typeof integers)[number]) => number) =>
    integers.reduce((sum, row) => sum + of(row), 0);
  for (let i = 0; i < width; i++) put(total(({ values }) => values[i]!));
  for (let i = 0; i < width; i++) {
    for (let j = i; j < width; j++) put(total(({ values }) => values[i]! * values[j]!));
  }
  for (const label of labels.keys()) {
    for (let i = 0; i < width; i++) put(total((row) => (row.label === label ? row.values[i]! : 0)));
  }
  file.write('VERGSUM1', 0, 'latin1');
  file.writeUInt32LE(header.length, 40);
  file.write(header, 48, 'latin1');
  createHash('sha256').update(file.subarray(40)).digest().copy(file, 8);
  return file;
}

/**
 * Unpacks `run-<release>.json.br` into `folder`: `images/` and `output/`. A manifest and a report name the
 * absolute place of the images: that, and the manifest's self-hash over it, become those of `folder`, as the
 * release itself would have written them here (0.1 does, byte for byte). Neither the run's identity nor any
 * other record depends on it. Throws when a file is not what that release wrote.
 */
export async function unpackRuns(
  release: string,
  folder: string,
): Promise<{ images: string; output: string }> {
  const packed = await readFile(new URL(`run-${release}.json.br`, import.meta.url));
  const runs = JSON.parse(brotliDecompressSync(packed).toString('utf8')) as PackedRuns;
  const places = { images: join(folder, 'images'), output: join(folder, 'output') };
  for (const [path, bytes] of Object.entries(runs.imageFiles)) {
    const file = join(places.images, path);
    await write(file, Buffer.from(bytes, 'base64'));
    await utimes(file, IMAGE_TIME, IMAGE_TIME);
  }
  for (const [path, entry] of Object.entries(runs.runFiles)) {
    const bytes = 'sums' in entry ? writeSums(entry.sums) : Buffer.from(entry.bytes, 'base64');
    if (sha256(bytes) !== entry.sha256) throw new Error(`${path} is not what ${release} wrote`);
    await write(join(places.output, path), NAMES_IMAGES.test(path) ? moved(bytes, places.images) : bytes);
  }
  return places;
}

/** Files that name the place of the images. */
const NAMES_IMAGES = /\/(?:manifest|report)\.json$/;

function moved(bytes: Uint8Array, images: string): Buffer {
  const { selfHash, ...rest } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<Manifest>;
  const record = { ...rest, images };
  return Buffer.from(`${JSON.stringify(selfHash === undefined ? record : withSelfHash(record), null, 1)}\n`);
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
}
