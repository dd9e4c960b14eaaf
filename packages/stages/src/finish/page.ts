/** `report.html` while a run is finished: nothing that goes wrong with it is the run's fault. */
import {
  asVergerError,
  type Commit,
  type LabelCentroids,
  type PcaModel,
  RUN_FILES,
  type Storage,
  type Timeline,
} from '@verger/core';
import type { ComparedPartition } from '@verger/report';
import { readEpochs } from '@verger/run';
import type { StageContext } from '../context.ts';
import type { StoredModel } from '../project/project.ts';
import { makeReportHtml, type PageOptions, type ReportRecords, type SurveyedRows } from './html-report.ts';
import { createRowSurvey, type RowSurvey } from './row-survey.ts';
import { endedTimeline } from './timeline.ts';

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

/**
 * Writes the page, or removes that of an earlier finish: where none is wanted, and where it cannot be made,
 * which is logged. Gives the timeline of the run, which ends with this. Errors: the reason of the context's signal.
 */
export async function writePage(
  ctx: StageContext,
  page: Page | undefined,
  { records, options }: { readonly records: Omit<ReportRecords, 'epochs'>; readonly options: PageOptions },
): Promise<Timeline> {
  const { store } = ctx.run;
  const ended = () => endedTimeline(records.timeline, ctx.clock.now());
  try {
    if (page === undefined) {
      await removeEarlier(store);
      return ended();
    }
    const epochs = await readEpochs(store);
    const made = await makeReportHtml(ctx, { ...records, epochs, endsNow: true }, page.end(), options);
    await store.replace(RUN_FILES.htmlReport, Buffer.from(made.text));
    return made.timeline;
  } catch (thrown) {
    ctx.signal.throwIfAborted();
    const { code, message } = asVergerError(thrown);
    ctx.logger.warn(
      { code, error: message },
      page === undefined
        ? 'an earlier report.html could not be removed'
        : 'the run has no report.html: it could not be made',
    );
    await removeEarlier(store).catch(() => {});
    return ended();
  }
}

/** Looks first: who may not delete, as on AWS, is asked to only where there is something. */
async function removeEarlier(store: Storage): Promise<void> {
  const { status } = await store.read(RUN_FILES.htmlReport, { lastBytes: 1 });
  if (status === 'read') await store.remove(RUN_FILES.htmlReport);
}
