/** `report.html` of a run from its records and its rows: shared by finish and by `verger report --html`. */
import type { Commit, Epoch, LabelCentroids, PcaModel, Quarantined, Report, Timeline } from '@verger/core';
import {
  assembleReport,
  type CollectedRows,
  chooseOdd,
  choosePairs,
  chooseQuarantine,
  type LabelNeighbours,
  type Pictures,
  type PlacedQuarantined,
  planPictures,
  type ReportFacts,
  reportHtml,
  type Sections,
} from '@verger/report';
import type { LabelTable } from '../child/protocol.ts';
import type { StageContext } from '../context.ts';
import { makePictures, type PictureLimits } from './pictures.ts';
import { endedTimeline } from './timeline.ts';

/** The records of a run that is finished, or about to be. */
export interface ReportRecords {
  readonly report: Report;
  readonly timeline: Timeline;
  /** The run ends with this page: the timeline is to say so. */
  readonly endsNow?: boolean | undefined;
  readonly epochs: readonly Epoch[];
  /** Of all partitions, in their order. */
  readonly commits: readonly Pick<Commit, 'partition' | 'listed' | 'extracted'>[];
  /** Of all partitions, in listing order. */
  readonly quarantined: readonly Quarantined[];
  /** Null where no image gave features. */
  readonly model: PcaModel | null;
  readonly labels: LabelCentroids | null;
}

/** What the rows of the run gave. */
export interface SurveyedRows {
  readonly rows: CollectedRows;
  readonly table: LabelTable;
}

/** How the page is made. */
export interface PageOptions {
  /** Throws where this process may not read the images: the page then has no pictures. Default: it may. */
  readonly checkImages?: (() => Promise<void>) | undefined;
  readonly pictures?: PictureLimits | undefined;
  readonly cost?: ReportFacts['cost'];
}

/** Thumbnails on a page at most: 2.5 MB. */
const MOST_TILES = 2400;
/** Pairs of near-duplicates that are shown. */
const MOST_DUPLICATES = 12;
/** Near-duplicates are nearer to each other than this share of the usual distance from a centroid. */
const NEAR_SHARE = 0.5;
/** Multiplications for comparing each label with each other one; of more labels none is. */
const MOST_LABEL_WORK = 8e9;

/** A page, and the timeline that it shows. */
export interface MadePage {
  readonly text: string;
  readonly timeline: Timeline;
}

/**
 * Makes the page. `surveyed` is null where no image gave features. Errors: those of children; the reason
 * of the context's signal; a plain Error of a tree that is not built. Never for what is wrong with images.
 */
export async function makeReportHtml(
  ctx: StageContext,
  records: ReportRecords,
  surveyed: SurveyedRows | null,
  options: PageOptions = {},
): Promise<MadePage> {
  const { manifest, store } = ctx.run;
  const sections = await chooseSections(ctx, records, surveyed);
  const pictures = await picturesOf(ctx, sections, options);
  const versions = await versionsOf(ctx);
  const neighbours = await neighboursOf(ctx, surveyed);
  const madeAt = ctx.clock.now();
  const timeline = records.endsNow === true ? endedTimeline(records.timeline, madeAt) : records.timeline;
  const data = assembleReport({
    ...{ location: store.describe(), madeAt, versions, manifest, timeline },
    ...{ report: records.report, epochs: records.epochs, model: records.model },
    labels: records.labels?.labels ?? [],
    ...{ neighbours, sections, pictures, cost: options.cost },
  });
  return { text: await reportHtml(data), timeline };
}

/** Of the process that makes the page: what computed the features is in the numeric classes. */
async function versionsOf({ children, signal }: StageContext): Promise<Record<string, string>> {
  return await children.call('versions', {}, { signal });
}

async function chooseSections(
  ctx: StageContext,
  { report, commits, quarantined, labels: centroids }: ReportRecords,
  surveyed: SurveyedRows | null,
): Promise<Sections> {
  const quarantine = chooseQuarantine(report.quarantine, placed(quarantined, commits));
  if (surveyed === null) return { rows: null, pairs: [], odd: [], duplicates: [], quarantine };
  const { rows } = surveyed;
  const labels = centroids?.labels ?? [];
  return {
    ...{ rows, quarantine, pairs: choosePairs(rows, labels), odd: chooseOdd(rows, labels) },
    duplicates: await duplicatesOf(ctx, surveyed, labels),
  };
}

/** Records in listing order with the partition of each: a partition has those that its commit counts. */
function placed(quarantined: readonly Quarantined[], commits: ReportRecords['commits']): PlacedQuarantined[] {
  const partitions = commits.flatMap(({ partition, listed, extracted }) =>
    new Array<number>(listed - extracted).fill(partition),
  );
  return quarantined.map((record, index) => ({ ...record, partition: partitions[index] ?? 0 }));
}

async function duplicatesOf(
  ctx: StageContext,
  { rows, table: { k } }: SurveyedRows,
  labels: LabelCentroids['labels'],
): Promise<Sections['duplicates']> {
  const { refs, points } = rows.close;
  if (refs.length < 2) return [];
  let squares = 0;
  let count = 0;
  for (const [place, { spread }] of rows.labels.entries()) {
    const images = labels[place]?.count ?? 0;
    squares += spread * spread * images;
    count += images;
  }
  const within = NEAR_SHARE * Math.sqrt(squares / Math.max(1, count));
  const own = Uint16Array.from(refs, ({ label }) => label);
  const request = { points, k, labels: own, most: MOST_DUPLICATES, within };
  const pairs = await ctx.children.call('nearPairs', request, { signal: ctx.signal });
  return pairs.flatMap(({ a, b, distance }) => {
    const [one, other] = [refs[a], refs[b]];
    return one === undefined || other === undefined ? [] : [{ a: one, b: other, distance }];
  });
}

async function neighboursOf(ctx: StageContext, surveyed: SurveyedRows | null): Promise<LabelNeighbours> {
  const none = { nearest: new Uint16Array(0), distance: new Float32Array(0) };
  if (surveyed === null) return none;
  const { table } = surveyed;
  if (table.names.length ** 2 * table.k > MOST_LABEL_WORK) return none;
  return await ctx.children.call('labelNeighbours', { labels: table }, { signal: ctx.signal });
}

async function picturesOf(
  ctx: StageContext,
  sections: Sections,
  { checkImages, pictures }: PageOptions,
): Promise<Pictures> {
  try {
    await checkImages?.();
  } catch (error) {
    ctx.signal.throwIfAborted();
    const fewer = `The images were not read: ${error instanceof Error ? error.message : String(error)}`;
    return { sprites: [], tileOf: new Map(), fewer };
  }
  return await makePictures(ctx, planPictures(sections, MOST_TILES), pictures);
}
