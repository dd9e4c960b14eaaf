/** The data of an HTML report, put together from what was computed and read. */
import type { Epoch, LabelCentroids, Manifest, PcaModel, Report, Timeline } from '@verger/core';
import {
  type LabelFacts,
  MOST_COMPONENTS,
  NONE_INDEX,
  type Points,
  type ReportData,
  type ReportFacts,
  type ShownImage,
} from './report-data.ts';
import type { RowRef } from './rows.ts';
import { type PictureRef, pictureKey, type Sections } from './sections.ts';
import { retriesOf, stragglersOf } from './timeline-facts.ts';

/** Thumbnails that could be made. */
export interface Pictures {
  readonly sprites: readonly Uint8Array[];
  /** By `pictureKey`: the place of its tile. */
  readonly tileOf: ReadonlyMap<string, number>;
  /** Why there are fewer than planned: a sentence. */
  readonly fewer?: string | undefined;
}

/** The labels that are nearest to each label: [labels] each; NONE_INDEX and NaN where there is none. */
export interface LabelNeighbours {
  readonly nearest: Uint16Array;
  readonly distance: Float32Array;
}

/** What a report is put together from. */
export interface AssembleInput {
  readonly location: string;
  readonly madeAt: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly report: Report;
  readonly manifest: Manifest;
  readonly epochs: readonly Epoch[];
  /** Null where no image gave features. */
  readonly model: Pick<PcaModel, 'explainedVarianceRatio'> | null;
  readonly labels: LabelCentroids['labels'];
  readonly neighbours: LabelNeighbours;
  readonly timeline: Timeline;
  readonly sections: Sections;
  readonly pictures: Pictures;
  readonly cost?: ReportFacts['cost'];
}

/** Cells of the confusion that a page holds, those of most images. */
const MOST_CELLS = 40_000;

/** Six digits say more than a page shows, and are a third of a double's text. */
const short = (value: number) => Number(value.toPrecision(6));

/** Everything that an HTML report shows. Pure. Cost: 20 ms for 100,000 points. */
export function assembleReport(input: AssembleInput): ReportData {
  const { sections, pictures } = input;
  const tileOf = (ref: PictureRef) => pictures.tileOf.get(pictureKey(ref)) ?? NONE_INDEX;
  const facts: ReportFacts = {
    ...runFacts(input),
    ...rowFacts(input, tileOf),
    quarantine: sections.quarantine.map(({ entry: { code, reason, next, count }, images }) => ({
      ...{ code, reason, next, count },
      images: images.map(({ partition, path, label, bytes, storeCode }) => ({
        ...{ path, label, bytes, tile: tileOf({ partition, path }) },
        ...(storeCode === undefined ? {} : { storeCode }),
      })),
    })),
    ...(input.cost === undefined ? {} : { cost: input.cost }),
    ...(pictures.fewer === undefined ? {} : { noPictures: pictures.fewer }),
  };
  const tiles = pictures.tileOf.size;
  return { facts, points: pointsOf(input, tileOf), sprites: pictures.sprites, tiles };
}

type TileOf = (ref: PictureRef) => number;

function runFacts({ location, madeAt, versions, report, manifest, epochs, model, timeline }: AssembleInput) {
  const { runId, images, identity, extraction, pca, model: given, listing } = manifest;
  const lastMs = timeline.partitions.endMs.reduce((last, ms) => Math.max(last, ms), Number.NEGATIVE_INFINITY);
  return {
    ...{ location, madeAt, versions, report, timeline },
    manifest: {
      ...{ runId, images, identity, extraction, pca, bytes: listing.bytes, listingSha256: listing.sha256 },
      ...(given === undefined ? {} : { model: given }),
    },
    epochs: epochs.map(({ epoch, cause, at, finish, queue, deadline }) => ({
      ...{ epoch, cause, at, finish },
      ...(queue === undefined ? {} : { queue }),
      ...(deadline === undefined ? {} : { deadline }),
    })),
    endedAt: Number.isFinite(lastMs) ? new Date(timeline.originMs + lastMs).toISOString() : null,
    variance: model?.explainedVarianceRatio ?? [],
    stragglers: stragglersOf(timeline),
    retries: retriesOf(timeline),
  };
}

function rowFacts({ sections, labels, neighbours, model }: AssembleInput, tileOf: TileOf) {
  const { rows, pairs, odd, duplicates } = sections;
  const shown = (ref: RowRef): ShownImage => ({ path: ref.path, label: ref.label, tile: tileOf(ref) });
  return {
    components: (rows?.ends ?? []).map(({ low, high }, at) => ({
      component: at + 1,
      share: model?.explainedVarianceRatio[at] ?? 0,
      low: low.map((row) => ({ ...shown(row), value: short(row.value) })),
      high: high.map((row) => ({ ...shown(row), value: short(row.value) })),
    })),
    labels: labels.map(({ label, count, centroid }, place): LabelFacts => {
      const own = rows?.labels[place];
      const distance = neighbours.distance[place] ?? Number.NaN;
      return {
        ...{
          label,
          count,
          spread: short(own?.spread ?? 0),
          nearest: neighbours.nearest[place] ?? NONE_INDEX,
        },
        nearestDistance: Number.isNaN(distance) ? 0 : short(distance),
        ...{ right: own?.right ?? 0, compared: own?.compared ?? 0 },
        tiles: (own?.examples ?? []).map(tileOf).filter((tile) => tile !== NONE_INDEX),
        centroid: centroid.slice(0, MOST_COMPONENTS).map(short),
      };
    }),
    confusion: { cells: cellsOf(rows?.mistakes.cells ?? []), compared: rows?.compared ?? 0 },
    pairs: pairs.map(({ a, b, aAsB, bAsA, distance, rowsOfA, rowsOfB }) => ({
      ...{ a, b, aAsB, bAsA, distance: short(distance) },
      ...{ imagesOfA: rowsOfA.map(shown), imagesOfB: rowsOfB.map(shown) },
    })),
    odd: odd.map((row) => {
      const { distance, ratio, nearest } = row;
      return { ...shown(row), distance: short(distance), ratio: short(ratio), nearest };
    }),
    duplicates: {
      compared: rows?.close.refs.length ?? 0,
      pairs: duplicates.map(({ a, b, distance }) => ({
        a: shown(a),
        b: shown(b),
        distance: short(distance),
      })),
    },
  };
}

type Cells = ReportFacts['confusion']['cells'];

function cellsOf(cells: Cells): Cells {
  if (cells.length <= MOST_CELLS) return cells;
  const most = [...cells].sort((a, b) => b[2] - a[2]).slice(0, MOST_CELLS);
  return most.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

/** Points with the tiles of those that have a picture. */
function pointsOf({ sections: { rows } }: AssembleInput, tileOf: TileOf): Points | null {
  if (rows === null) return null;
  const { points, rowsOf } = rows;
  const tiles = new Uint16Array(points.count).fill(NONE_INDEX);
  const tileOfRow = new Map<number, number>();
  for (const ref of rowsWithPictures(rows)) {
    const tile = tileOf(ref);
    if (tile !== NONE_INDEX) tileOfRow.set(ref.row, tile);
  }
  if (tileOfRow.size > 0) {
    for (const [point, row] of rowsOf.entries()) tiles[point] = tileOfRow.get(row) ?? NONE_INDEX;
  }
  return { ...points, tiles };
}

function* rowsWithPictures(rows: NonNullable<Sections['rows']>): Generator<RowRef> {
  for (const { examples, far } of rows.labels) yield* [...examples, ...far];
  for (const { low, high } of rows.ends) yield* [...low, ...high];
  for (const [own, nearest] of rows.mistakes.cells) yield* rows.mistakes.rowsOf(own, nearest);
  yield* rows.close.refs;
}
