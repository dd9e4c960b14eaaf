/** `report.html` while a run is finished: nothing that goes wrong with it is the run's fault. */
import {
  asVergerError,
  type Commit,
  type LabelCentroids,
  type PcaModel,
  RUN_FILES,
  type Storage,
  type Success,
} from '@verger/core';
import type { ComparedPartition } from '@verger/report';
import { readEpochs } from '@verger/run';
import type { StageContext } from '../context.ts';
import type { StoredModel } from '../project/project.ts';
import { makeReportHtml, type PageOptions, type ReportRecords, type SurveyedRows } from './html-report.ts';
import { createRowSurvey, type RowSurvey } from './row-survey.ts';

/** The page of a run that is being finished. */
export interface Page {
  /**
   * The rows of a projection file for the page; undefined where that went wrong: the caller reads the file
   * itself then, and says what is wrong with it. Errors: the reason of the context's signal.
   */
  compare(commit: Commit, bytes: Uint8Array): Promise<ComparedPartition | undefined>;
  /** Takes the rows of the partitions in their order. Never throws. */
  add(rows: ComparedPartition): void;
  /** Null where no image gave features. Errors: what went wrong. */
  end(): SurveyedRows | null;
}

/** Begins the page of a run. */
export function createPage(
  ctx: StageContext,
  commits: readonly Commit[],
  pca: {
    readonly stored: StoredModel;
    readonly model: PcaModel;
    readonly labels: LabelCentroids;
  } | null,
): Page {
  let failure: { readonly error: unknown } | undefined;
  const survey: RowSurvey | null =
    pca && createRowSurvey(ctx, { commits, model: pca.stored, labels: pca.labels, k: pca.model.k });
  return {
    compare: async (commit, bytes) => {
      if (survey === null || failure !== undefined) return undefined;
      try {
        return await survey.compare(commit, bytes);
      } catch (error) {
        ctx.signal.throwIfAborted();
        failure ??= { error };
        return undefined;
      }
    },
    add: (rows) => {
      if (failure !== undefined) return;
      try {
        survey?.add(rows);
      } catch (error) {
        failure = { error };
      }
    },
    end: () => {
      if (failure !== undefined) throw failure.error;
      return survey && { rows: survey.end(), table: survey.table };
    },
  };
}

/** Finishes that ended before `_SUCCESS` after which no page is made any more. */
const MOST_CUT_SHORT = 2;

/**
 * False after a second finish that ended before `_SUCCESS`: what ends the process cannot be caught, and a run
 * is not to fail for its page. Logged then.
 */
export function isTriedAgain({ logger }: StageContext, cutShort: number): boolean {
  if (cutShort < MOST_CUT_SHORT) return true;
  const why = 'the run has no report.html: earlier finishes ended while it was made';
  logger.warn({ finishes: cutShort }, why);
  return false;
}

/** The options with which the page is made: after a finish that ended before `_SUCCESS`, without pictures. */
export function carefully(options: PageOptions, cutShort: number): PageOptions {
  if (cutShort === 0) return options;
  const why =
    'an earlier finish of this run ended while they were read. `verger report RUN --html FILE` tries again.';
  return { ...options, mayReadImages: () => Promise.reject(new Error(why)) };
}

/** What the page is written from. */
export interface PageSource {
  readonly records: Omit<ReportRecords, 'epochs'>;
  readonly options: PageOptions;
  /** The `_SUCCESS` of another finish, if there is one by now. Errors: E_EPOCH_OVER. */
  overtaken(): Promise<Success | undefined>;
}

/**
 * Writes the page, or removes that of an earlier finish: where none is wanted, and where it cannot be made,
 * which is logged. Where another finish has ended the run, its page stays, and its `_SUCCESS` is given.
 * Errors: E_EPOCH_OVER; the reason of the context's signal.
 */
export async function writePage(
  ctx: StageContext,
  page: Page | undefined,
  { records, options, overtaken }: PageSource,
): Promise<Success | undefined> {
  const { store } = ctx.run;
  try {
    const made = page && (await makePage(ctx, page, { records, options }));
    const other = await overtaken();
    if (other !== undefined) return other;
    if (made === undefined) await removeEarlier(store);
    else await store.replace(RUN_FILES.htmlReport, Buffer.from(made));
    return undefined;
  } catch (thrown) {
    ctx.signal.throwIfAborted();
    const other = await overtaken();
    if (other !== undefined) return other;
    const { code, message } = asVergerError(thrown);
    ctx.logger.warn(
      { code, error: message },
      page === undefined
        ? 'an earlier report.html could not be removed'
        : 'the run has no report.html: it could not be made',
    );
    await removeEarlier(store).catch(() => {});
    return undefined;
  }
}

async function makePage(ctx: StageContext, page: Page, { records, options }: Omit<PageSource, 'overtaken'>) {
  const epochs = await readEpochs(ctx.run.store);
  return await makeReportHtml(ctx, { ...records, epochs }, page.end(), options);
}

/** Looks first: who may not delete, as on AWS, is asked to only where there is something. */
async function removeEarlier(store: Storage): Promise<void> {
  const { status } = await store.read(RUN_FILES.htmlReport, { lastBytes: 1 });
  if (status === 'read') await store.remove(RUN_FILES.htmlReport);
}
