/**
 * How fast a CSV with images is written: `npm run bench:csv [-- --rounds 3] [--record]`. Images are drawn
 * once, in two sizes; the projection is seeded. Each round goes all the way, from listed files to a synced
 * file, through the code of `run --with-images` and `export`.
 */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type ImageRef, seededNumbers } from '@verger/core';
import { type CsvPart, csvPieces } from '@verger/export';
import { openLocalStorage, openStorage, openWholeFile } from '@verger/storage';
import { markdownTable } from '@verger/testkit/built';
import { drawings } from '@verger/testkit/images';
import { recordSection } from '@verger/testkit/reliability';
import { projectionRows } from '@verger/testkit/rows';
import { loadWarning, machineText, median } from './machine.ts';

const COMPONENTS = 25;
const PARTITION = 500;
const KINDS: readonly (readonly [name: string, images: number, bytes: number | undefined])[] = [
  ['drawings of 100×100', 4000, undefined],
  ['200 KiB each', 1000, 200 * 1024],
  ['4 MiB each', 60, 4 * 1024 * 1024],
];

/** One line of the table: MB are 10^6 bytes of CSV. */
export interface CsvRate {
  readonly images: string;
  readonly rows: number;
  readonly megabytes: number;
  /** Of each round, over wall time. */
  readonly megabytesPerSecond: readonly number[];
  /** Of the rounds together, over the CPU time of this process: what a busy machine does not change. */
  readonly megabytesPerCpuSecond: number;
}

/** Measures every kind of images. About 10 s on a quiet machine. Nothing is left behind. */
export async function measureCsv(rounds = 3): Promise<CsvRate[]> {
  const folder = await mkdtemp(join(tmpdir(), 'verger-bench-csv-'));
  try {
    const rates: CsvRate[] = [];
    for (const [name, images, bytes] of KINDS) {
      const parts = await plant(join(folder, name), images, bytes);
      rates.push({ images: name, rows: images, ...(await measure(join(folder, name), parts, rounds)) });
    }
    return rates;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the images, and gives the rows of a projection of them. */
async function plant(folder: string, images: number, bytes: number | undefined): Promise<CsvPart[]> {
  const drawn = await drawings(Math.min(images, 48));
  const next = seededNumbers(images);
  const noise = Buffer.from(Uint8Array.from({ length: bytes ?? 0 }, () => next() * 256));
  for (let image = 0; image < images; image += 1) {
    const path = join(folder, pathOf(image));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes === undefined ? (drawn[image % drawn.length] ?? noise) : noise);
  }
  const refs: ImageRef[] = [];
  for await (const { key, bytes: size, version } of openLocalStorage(folder).list()) {
    refs.push({ path: key, label: dirname(key), bytes: size, version });
  }
  const parts: CsvPart[] = [];
  for (let start = 0; start < refs.length; start += PARTITION) {
    const some = refs.slice(start, start + PARTITION);
    const { projection } = projectionRows(some.length, COMPONENTS);
    const pcaFeatures = { values: projection, width: COMPONENTS };
    const [paths, labels] = [some.map(({ path }) => path), some.map(({ label }) => label)];
    parts.push({ paths, labels, pcaFeatures, images: some });
  }
  return parts;
}

const pathOf = (image: number) => `label ${image % 24}/image_${String(image).padStart(5, '0')}.jpg`;

async function measure(folder: string, parts: readonly CsvPart[], rounds: number) {
  const rates: number[] = [];
  let megabytes = 0;
  const cpu = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    megabytes = (await writeCsv(`${folder}.csv`, openStorage(folder), parts)) / 1e6;
    rates.push(megabytes / ((performance.now() - started) / 1000));
  }
  const { user, system } = process.cpuUsage(cpu);
  const megabytesPerCpuSecond = (megabytes * rounds) / ((user + system) / 1e6);
  return { megabytes, megabytesPerSecond: rates, megabytesPerCpuSecond };
}

async function writeCsv(
  file: string,
  images: ReturnType<typeof openStorage>,
  parts: readonly CsvPart[],
): Promise<number> {
  async function* given() {
    yield* parts;
  }
  const { signal } = new AbortController();
  const wish = { columns: { withImages: true }, raw: false, images, signal };
  const whole = await openWholeFile(file);
  try {
    for await (const piece of csvPieces(given(), wish)) await whole.write(piece);
    const { bytes } = await whole.close();
    await whole.publish({ overwrite: true });
    return bytes;
  } finally {
    await whole.discard();
  }
}

/** The rates as a Markdown table. */
export function csvTable(rates: readonly CsvRate[]): string {
  const head = ['images', 'rows', 'CSV, MB', 'MB/s (median)', 'rounds', 'MB per CPU second'];
  const body = rates.map((rate) => [
    rate.images,
    String(rate.rows),
    rate.megabytes.toFixed(0),
    median(rate.megabytesPerSecond).toFixed(0),
    rate.megabytesPerSecond.map((one) => one.toFixed(0)).join(', '),
    rate.megabytesPerCpuSecond.toFixed(0),
  ]);
  return markdownTable([head, ...body], [1, 2, 3, 5]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '3' }, record: { type: 'boolean', default: false } },
  });
  const head = `${machineText()}\n\n${loadWarning()}`;
  const text = `${head}${csvTable(await measureCsv(Math.max(1, Number(values.rounds))))}`;
  process.stdout.write(`${text}\n`);
  const title = '## CSV with images (`npm run bench:csv`)';
  if (values.record) await recordSection('csv', `${title}\n\n${text}`, 'benchmarks');
}
