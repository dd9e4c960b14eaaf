/**
 * `report.html` of a run that is finished, from its files alone: also of one that an earlier release
 * finished.
 */
import {
  type Commit,
  labelCentroidsSchema,
  MOST_TIMELINE_FAILURES,
  pcaModelSchema,
  type Quarantined,
  quarantinedSchema,
  RUN_FILES,
  readAhead,
  reportSchema,
  type Success,
  type Timeline,
  VergerError,
  withPlace,
} from '@verger/core';
import {
  commitsInOrder,
  parseRecord,
  readEpochs,
  readFile,
  readNewestFailures,
  readStatus,
  readSuccess,
  readTimeline,
  requireFile,
} from '@verger/run';
import { FILES_AT_ONCE, type StageContext } from '../context.ts';
import { readModel } from '../project/project.ts';
import { makeReportHtml, type PageOptions, type ReportRecords, type SurveyedRows } from './html-report.ts';
import { createRowSurvey } from './row-survey.ts';
import { buildTimeline } from './timeline.ts';

/**
 * The text of the page of a finished run. Errors: E_RUN_NO_MODEL for one that is not; E_RUN_CORRUPT,
 * E_PART_CORRUPT. Cost: one read of each projection file, and of each commit where there is no timeline.json.
 */
export async function remakeReportHtml(ctx: StageContext, options: PageOptions = {}): Promise<string> {
  const { store } = ctx.run;
  const success = await readSuccess(store);
  if (success === undefined) throw new VergerError('E_RUN_NO_MODEL', { location: store.describe() });
  const { timeline, commits } = await readTimes(ctx, success);
  const report = parseRecord(
    await requireFile(store, RUN_FILES.report),
    reportSchema,
    `${store.describe()}/${RUN_FILES.report}`,
  );
  const read = success.k === null ? null : await readRows(ctx, commits);
  const records: ReportRecords = {
    ...{ report, timeline, commits, epochs: await readEpochs(store) },
    quarantined: await readQuarantineFile(ctx),
    ...{ model: read?.model ?? null, labels: read?.labels ?? null },
  };
  return await makeReportHtml(ctx, records, read?.surveyed ?? null, options);
}

type Counts = ReportRecords['commits'];

/**
 * The timeline, and what each partition counts: of an earlier release, or where it is damaged, from commits.
 */
async function readTimes(
  { run }: StageContext,
  success: Success,
): Promise<{ readonly timeline: Timeline; readonly commits: Counts }> {
  const { store, manifest } = run;
  const stored = await readTimeline(store, {
    ...{ identity: manifest.identity, epoch: success.epoch },
    images: manifest.partitions.map(({ images }) => images),
  });
  if (stored !== undefined) {
    const { extracted, quarantined } = stored.partitions;
    const commits = extracted.map((good, partition) => {
      return { partition, extracted: good, listed: good + (quarantined[partition] ?? 0) };
    });
    return { timeline: stored, commits };
  }
  const commits: Commit[] = commitsInOrder(run, (await readStatus(store, manifest)).commits);
  const failed = await readNewestFailures(store, MOST_TIMELINE_FAILURES);
  const of = { identity: manifest.identity, epoch: success.epoch, commits };
  return { timeline: buildTimeline({ ...of, ...failed }), commits };
}

async function readRows(ctx: StageContext, commits: Counts) {
  const { store } = ctx.run;
  const stored = await readModel(ctx);
  const at = (file: string) => `${store.describe()}/${file}`;
  const model = parseRecord(stored.bytes, pcaModelSchema, at(RUN_FILES.model));
  const labelBytes = await requireFile(store, RUN_FILES.labels);
  const labels = parseRecord(labelBytes, labelCentroidsSchema, at(RUN_FILES.labels));
  const survey = createRowSurvey(ctx, { commits, model: stored, labels, k: model.k });
  const parts = readAhead(commits, FILES_AT_ONCE, async ({ partition }) => {
    ctx.signal.throwIfAborted();
    const file = ctx.layout.projection(partition);
    const bytes = await requireFile(store, file);
    return await withPlace({ store, file, partition }, () => survey.compare({ partition }, bytes));
  });
  for await (const part of parts) survey.add(part);
  const surveyed: SurveyedRows = { rows: survey.end(), table: survey.table };
  return { model, labels, surveyed };
}

async function readQuarantineFile({ run: { store } }: StageContext): Promise<Quarantined[]> {
  const bytes = await readFile(store, RUN_FILES.quarantine);
  const lines = Buffer.from(bytes ?? [])
    .toString('utf8')
    .split('\n');
  return lines.flatMap((line) => {
    if (line === '') return [];
    const location = `${store.describe()}/${RUN_FILES.quarantine}`;
    return [parseRecord(Buffer.from(line), quarantinedSchema, location)];
  });
}
