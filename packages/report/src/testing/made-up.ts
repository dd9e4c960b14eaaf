/** Report data that no run made: any size, the same for the same seed, to draw and to measure pages with. */
import { FEATURES, type Report, seededNumbers, type Timeline, withSelfHash } from '@verger/core';
import sharp from 'sharp';
import {
  type LabelFacts,
  NEAREST_KEPT,
  NONE_INDEX,
  type Points,
  type ReportData,
  type ShownImage,
  SPRITE_COLUMNS,
  SPRITE_TILES,
  TILE_PIXELS,
} from '../data/report-data.ts';

/** How large the made-up run is. */
export interface MadeUp {
  /** Points on the page. */
  readonly points: number;
  /** Rows of the run; more than `points` where these are a sample. Default: `points`. */
  readonly rows?: number;
  readonly labels: number;
  readonly partitions?: number;
  readonly workers?: number;
  /** What names of labels and paths begin with: markup, to see that it stays text. */
  readonly hostile?: string;
  /** No picture at all. */
  readonly withoutPictures?: boolean;
}

const COMPONENTS = 10;
const TILES_PER_LABEL = 8;

/** Report data of that size. */
export async function madeUpReport(size: MadeUp): Promise<ReportData> {
  const { points: count, labels: labelCount, rows = count, hostile = '', withoutPictures = false } = size;
  const random = seededNumbers(7);
  const normal = () => random() + random() + random() + random() - 2;
  const centroids = Array.from({ length: labelCount }, () =>
    Array.from({ length: COMPONENTS }, (_, at) => (normal() * 12) / (1 + at * 0.4)),
  );
  const names = Array.from(
    { length: labelCount },
    (_, at) => `${hostile}label ${String(at).padStart(3, '0')}`,
  );
  const values = new Float32Array(COMPONENTS * count);
  const labels = new Uint16Array(count);
  const nearest = new Uint16Array(count * NEAREST_KEPT).fill(NONE_INDEX);
  const tiles = new Uint16Array(count).fill(NONE_INDEX);
  const paths: string[] = [];
  const tileCount = withoutPictures ? 0 : labelCount * TILES_PER_LABEL;
  for (let at = 0; at < count; at += 1) {
    const label = Math.floor((at * labelCount) / count);
    labels[at] = label;
    for (let axis = 0; axis < COMPONENTS; axis += 1) {
      values[axis * count + at] = (centroids[label]?.[axis] ?? 0) + (normal() * 4) / (1 + axis * 0.4);
    }
    nearest.set([label, (label + 1) % labelCount, (label + 2) % labelCount], at * NEAREST_KEPT);
    paths.push(`${names[label] ?? ''}/image-${String(at).padStart(6, '0')}.jpg`);
    const first = Math.ceil((label * count) / labelCount);
    if (!withoutPictures && at - first < TILES_PER_LABEL) tiles[at] = label * TILES_PER_LABEL + (at - first);
  }
  const points: Points = { rows, count, components: COMPONENTS, values, labels, nearest, tiles, paths };
  const shown = (at: number): ShownImage => ({
    path: paths[at % count] ?? '',
    label: labels[at % count] ?? NONE_INDEX,
    tile: tiles[at % count] ?? NONE_INDEX,
  });
  const facts: LabelFacts[] = names.map((label, at) => ({
    ...{ label, count: Math.floor(rows / labelCount), spread: 3 + random() * 4 },
    ...{ nearest: labelCount > 1 ? (at + 1) % labelCount : NONE_INDEX, nearestDistance: 2 + random() * 9 },
    right: Math.floor((rows / labelCount) * (0.6 + random() * 0.4)),
    compared: Math.floor(rows / labelCount),
    tiles: Array.from(
      { length: withoutPictures ? 0 : TILES_PER_LABEL },
      (_, tile) => at * TILES_PER_LABEL + tile,
    ),
    centroid: centroids[at] ?? [],
  }));
  const variance = Array.from({ length: 200 }, (_, at) => 0.16 * 0.84 ** at);
  const cells = facts.flatMap(({ right, compared }, at): [number, number, number][] => [
    [at, at, right],
    ...(labelCount > 1
      ? ([[at, (at + 1) % labelCount, compared - right]] as [number, number, number][])
      : []),
  ]);
  const timeline = madeUpTimeline(size);
  return {
    points,
    sprites: await madeUpSprites(tileCount),
    tiles: tileCount,
    facts: {
      location: '/data/results/3f2a9c51b7de',
      madeAt: '2026-11-30T10:00:00.000Z',
      versions: { verger: '0.2.0', node: '20.20.0', onnxruntime: '1.30.0', sharp: '0.35.5' },
      report: madeUpReportRecord({ rows, names, variance, hostile, partitions: size.partitions ?? 24 }),
      manifest: {
        ...{ runId: '3f2a9c51b7de', images: `/data/${hostile}photos`, identity: 'ab'.repeat(32) },
        extraction: {
          ...{ glob: ['*.jpg'], label: 'parent', limit: null, sample: null, seed: 0 },
          ...{ partitions: null, partitionSize: null },
        },
        pca: { variance: 0.75, components: null, standardise: false, sparkCompatible: false },
        ...{ bytes: rows * 24_000, listingSha256: 'cd'.repeat(32) },
      },
      epochs: [
        {
          ...{ epoch: 1, cause: 'run', at: '2026-11-30T09:58:00.000Z' },
          finish: { csv: false, withImages: false, csvRaw: false, maxBad: 0.05 },
        },
      ],
      endedAt: '2026-11-30T09:59:52.000Z',
      variance,
      components: Array.from({ length: 6 }, (_, at) => ({
        ...{ component: at + 1, share: variance[at] ?? 0 },
        low: Array.from({ length: 8 }, (_none, place) => ({ ...shown(at * 31 + place), value: -20 + place })),
        high: Array.from({ length: 8 }, (_none, place) => ({
          ...shown(at * 57 + place + 9),
          value: 20 - place,
        })),
      })),
      labels: facts,
      confusion: { cells, compared: rows },
      pairs: facts.slice(0, Math.min(12, labelCount - 1)).map((_, at) => ({
        ...{ a: at, b: at + 1, aAsB: 40 - at, bAsA: 20 - at, distance: 2 + at / 3 },
        imagesOfA: [shown(at * 100), shown(at * 100 + 1)],
        imagesOfB: [shown(at * 100 + 50), shown(at * 100 + 51)],
      })),
      odd: Array.from({ length: 24 }, (_, at) => ({
        ...{ ...shown(at * 211 + 5), distance: 40 - at, ratio: 6 - at / 8, nearest: (at + 3) % labelCount },
      })),
      duplicates: {
        compared: Math.min(rows, 5_000),
        pairs: Array.from({ length: labelCount > 1 ? 8 : 0 }, (_, at) => ({
          ...{ a: shown(at * 300), b: shown(at * 300 + count / 2), distance: 0.2 + at / 9 },
        })),
      },
      quarantine: [
        {
          ...{
            code: 'E_IMG_TRUNCATED',
            reason: 'The image ends early.',
            next: 'Fetch the file again.',
            count: 3,
          },
          images: [1, 2, 3].map((at) => ({
            ...{ path: `${hostile}broken/${at}.jpg`, label: `${hostile}broken`, bytes: 1200 * at },
            tile: at === 1 && tileCount > 0 ? 0 : NONE_INDEX,
          })),
        },
      ],
      timeline,
      stragglers: [{ partition: 3, worker: 1, wallMs: 31_000, ratio: 4.2, attempts: 2 }],
      retries: {
        ...{ attempts: 2, lostMs: 14_000 },
        codes: [{ code: 'E_CHILD_DIED', attempts: 2, lostMs: 14_000 }],
      },
    },
  };
}

function madeUpReportRecord(of: {
  rows: number;
  names: readonly string[];
  variance: readonly number[];
  hostile: string;
  partitions: number;
}): Report {
  const { rows, names, variance, hostile, partitions } = of;
  let total = 0;
  return {
    ...{ format: 'verger-report-1', runId: '3f2a9c51b7de', images: `/data/${hostile}photos`, verdict: 'ok' },
    ...{ listed: rows + 3, extracted: rows, quarantined: 3, reused: 0, partitions, epochs: 1 },
    fingerprint: {
      ...{ extractor: 'mobilenetv2-1.0-224', preprocessing: 'rgb;pillow-bicubic-224;x/127.5-1' },
      ...{ features: FEATURES, weightsSha256: 'ef'.repeat(32), weightsKind: 'imagenet' },
    },
    numericClasses: [{ numericClass: 'c1a5', partitions }],
    pca: {
      k: 25,
      options: { variance: 0.75, components: null, standardise: false, sparkCompatible: false },
      cumulative: variance.map((share) => {
        total += share;
        return total;
      }),
    },
    labels: names.map((label) => ({ label, count: Math.floor(rows / names.length) })),
    ...{ labelsTruncated: false, nearest: [] },
    quarantine: [
      {
        ...{
          code: 'E_IMG_TRUNCATED',
          reason: 'The image ends early.',
          next: 'Fetch the file again.',
          count: 3,
        },
        examples: [`${hostile}broken/1.jpg`],
      },
    ],
    workers: [{ type: 'this machine', workers: 1, images: rows, seconds: rows / 200 }],
    stages: {
      extract: {
        ...{ wallMs: rows * 5, imagesPerSecond: 200, readMs: rows / 2, decodeMs: rows * 2 },
        ...{ inferenceMs: rows * 7, encodeMs: rows / 3 },
      },
      ...{ reduceMs: 800, projectMs: 1200 },
    },
  };
}

function madeUpTimeline({ points, rows = points, partitions = 24, workers = 3 }: MadeUp): Timeline {
  const random = seededNumbers(11);
  const ends = new Array<number>(workers).fill(0);
  const each = Math.ceil(rows / partitions);
  const column = (value: (at: number) => number) => Array.from({ length: partitions }, (_, at) => value(at));
  const wallMs = column((at) => Math.round(each * 5 * (0.8 + random() * 0.4) * (at === 3 ? 4 : 1)));
  const worker = column((at) => at % workers);
  const endMs = worker.map((one, at) => {
    ends[one] = (ends[one] ?? 0) + (wallMs[at] ?? 0);
    return ends[one];
  });
  return withSelfHash({
    ...{ format: 'verger-timeline-1' as const, runIdentity: 'ab'.repeat(32), epoch: 1 },
    originMs: Date.parse('2026-11-30T09:58:00.000Z'),
    workers: Array.from({ length: workers }, (_, at) => ({
      host: `host-${at}`,
      pid: 100 + at,
      name: `worker-${at}`,
    })),
    partitions: {
      ...{ worker, endMs, wallMs, epoch: column(() => 1), attempt: column((at) => (at === 3 ? 2 : 1)) },
      ...{ extracted: column(() => each), quarantined: column(() => 0), reused: column(() => 0) },
      ...{ readMs: column(() => each), decodeMs: column(() => each * 2) },
      ...{ inferenceMs: column(() => each * 7), encodeMs: column(() => 90) },
    },
    finishedMs: 114_000,
    codes: [{ partition: 0, counts: { E_IMG_TRUNCATED: 3 } }],
    failures: [
      {
        ...{
          kind: 'extract' as const,
          partition: 3,
          epoch: 1,
          attempt: 1,
          code: 'E_CHILD_DIED',
          permanent: false,
        },
        ...{ worker: 3 % workers, atMs: 7_000 },
      },
    ],
  });
}

/** Sprites whose tiles are round spots, each of its own colour. */
async function madeUpSprites(tiles: number): Promise<Uint8Array[]> {
  const sprites: Uint8Array[] = [];
  for (let from = 0; from < tiles; from += SPRITE_TILES) {
    const here = Math.min(SPRITE_TILES, tiles - from);
    const width = SPRITE_COLUMNS * TILE_PIXELS;
    const height = Math.ceil(here / SPRITE_COLUMNS) * TILE_PIXELS;
    const pixels = new Uint8Array(width * height * 3).fill(245);
    for (let at = 0; at < width * height; at += 1) {
      const x = at % width;
      const y = Math.floor(at / width);
      const tile = from + Math.floor(y / TILE_PIXELS) * SPRITE_COLUMNS + Math.floor(x / TILE_PIXELS);
      const distance = Math.hypot((x % TILE_PIXELS) - 23.5, (y % TILE_PIXELS) - 23.5);
      if (distance > 20) continue;
      const shade = 1 - distance / 50;
      const label = Math.floor(tile / TILES_PER_LABEL);
      const rgb = [label * 67, label * 151, label * 29].map((value) => (60 + (value % 190)) * shade);
      pixels.set(rgb, at * 3);
    }
    const raw = { width, height, channels: 3 } as const;
    sprites.push(new Uint8Array(await sharp(pixels, { raw }).webp({ quality: 75 }).toBuffer()));
  }
  return sprites;
}
