import {
  cosineWords,
  counted,
  formatCount,
  formatDuration,
  formatShare,
  type Report,
  RUN_FILES,
  RUN_FOLDERS,
  shellQuote,
} from '@verger/core';
import type { RunOutcome, SubmittedRun } from '@verger/driver';
import { networkWords, whyIdle } from '@verger/driver/runs';
import { joinLocation } from '@verger/storage';
import { type CommandInput, show } from '../cli/command.ts';
import type { Driven } from '../cli/drive.ts';
import { codeText, mostFirst } from './code-text.ts';
import { leftOutLines } from './listing-lines.ts';
import { programName } from './program-name.ts';
import { queueFlags, storageFlags } from './run-activity.ts';

/** The first lines of a report and of a finished run: counts, PCA, time. Aligned, without line ends. */
export function summaryLines(report: Report, leftOut = report.leftOut): string[] {
  const { listed, extracted, quarantined, pca, stages, fingerprint } = report;
  const { wallMs, imagesPerSecond } = stages.extract;
  const rate =
    report.reused === extracted ? 'all reused' : `${formatCount(Math.round(imagesPerSecond))} images/s`;
  const of = report.epochs > 1 && report.reused < extracted ? ' over all epochs' : '';
  const times = [`extract ${formatDuration(wallMs)}${extracted === 0 ? '' : ` (${rate}${of})`}`];
  if (stages.reduceMs !== null) times.push(`reduce ${formatDuration(stages.reduceMs)}`);
  if (stages.projectMs !== null) times.push(`project ${formatDuration(stages.projectMs)}`);
  const ofModel = report.model === undefined ? '' : `, with the PCA model of run ${report.model.runId}`;
  const lines = [
    `images      ${formatCount(listed)} listed = ${formatCount(extracted)} extracted + ` +
      `${formatCount(quarantined)} in quarantine`,
    `features    1,280 numbers per image; ${networkWords(fingerprint)}`,
    pca === null
      ? 'PCA         none: no image has features'
      : `PCA         k = ${pca.k} ${pca.k === 1 ? 'component keeps' : 'components keep'} ` +
        `${formatShare(pca.cumulative[pca.k - 1] ?? 0)} of the variance${ofModel}`,
    ...precisionLines(report),
    `time        ${times.join(', ')}`,
  ];
  lines.splice(1, 0, ...leftOutLines(leftOut));
  if (report.reused > 0) {
    lines.splice(1, 0, `reused      features of ${counted(report.reused, 'image')} come from an earlier run`);
  }
  if (report.numericClasses.length > 1) {
    lines.push(
      `note        features come from ${report.numericClasses.length} numeric classes: ` +
        'they agree up to rounding, but not bit for bit',
    );
  }
  return lines;
}

/** What int8 changed, on the held-out images. */
function precisionLines(report: Report): string[] {
  const { precisionComparison: precision, fingerprint } = report;
  if (fingerprint.precision === undefined) return [];
  if (precision === undefined) return ['precision   int8, not compared with float32 on images of this run'];
  const on = `on ${counted(precision.images, 'held-out image')}`;
  return [`precision   int8, cosine similarity to float32 ${on}: ${cosineWords(precision)}`];
}

/** Lines on links that a summary has. */
const MOST_LINK_LINES = 2;

/** What a command that ends a run prints, beside the outcome itself. */
export interface OutcomeWords {
  readonly flags?: CommandInput['flags'];
  /** The run has its HTML report. */
  readonly hasHtml: boolean;
}

/** The last lines of `run`: what was done, where the result is, how to open it. At most a screen. */
export function outcomeText(outcome: RunOutcome, { flags = {}, hasHtml }: OutcomeWords): string {
  const { location, report } = outcome;
  const quoted = [location, ...storageFlags(flags)].map(shellQuote).join(' ');
  const lines = [...outcomeLines(outcome), ...whereLines(outcome, location, hasHtml)];
  lines.push(`look at it  ${programName()} report ${quoted}`);
  if (report.pca !== null) {
    lines.push(`            python: pandas.read_parquet(${JSON.stringify(`${location}/projection`)})`);
  }
  return [verdictLine(outcome), ...lines.map((line) => `  ${line}`)].join('\n');
}

/** `run 3f2a…: done` */
export function verdictLine({ report, success, already }: RunOutcome): string {
  const verdict =
    success.verdict === 'ok' ? 'done' : 'done, but too many images are in quarantine (E_TOO_MANY_BAD)';
  return `run ${report.runId}: ${verdict}${already ? ' (it was already finished; every file was checked)' : ''}`;
}

/** Counts, PCA, times and quarantine of a run that ended. Aligned, without line ends. */
export function outcomeLines({ report, success, leftOut }: RunOutcome): string[] {
  const all = summaryLines(report, leftOut);
  // All were told when the images were listed, and `report` has them.
  const dropped = all.filter((line) => line.startsWith('links ')).slice(MOST_LINK_LINES);
  const lines = all.filter((line) => !dropped.includes(line));
  if (success.quarantined === 0) return lines;
  const bad = success.quarantined / success.listed;
  const codes = codeText(mostFirst(report.quarantine.map(({ code, count }) => [code, count] as const)));
  lines.push(`quarantine  ${bad < 0.0005 ? '' : `${formatShare(bad)} of the images: `}${codes}`);
  if (success.verdict === 'too-many-bad') {
    const enough = Math.min(1, Math.ceil(bad * 100) / 100);
    lines.push(`next        read ${RUN_FILES.quarantine}; to accept this, add --max-bad ${enough}`);
  }
  return lines;
}

/** Where the files of a run are: its place, as it is to be shown, and its page. */
export function whereLines({ report, success }: RunOutcome, location: string, hasHtml: boolean): string[] {
  const files: string[] = [RUN_FOLDERS.features];
  if (report.pca !== null) files.push(RUN_FOLDERS.projection, RUN_FILES.model);
  files.push(RUN_FILES.quarantine);
  if (success.files[RUN_FILES.csv] !== undefined) files.push(RUN_FILES.csv);
  return [
    `result      ${location}`,
    `            ${files.join(' ')}`,
    ...(hasHtml ? [`report      ${joinLocation(location, RUN_FILES.htmlReport)}`] : []),
  ];
}

/** True where a run has its HTML report. Cost: a read of one byte. */
export async function hasHtmlReport(
  { storages }: Pick<CommandInput, 'storages'>,
  location: string,
): Promise<boolean> {
  const found = await storages
    .open(location)
    .read(RUN_FILES.htmlReport, { lastBytes: 1 })
    .catch(() => undefined);
  return found?.status === 'read';
}

/** The same as JSON. */
export function outcomeJson(outcome: RunOutcome, firstImageMs: number | undefined): object {
  const { location, report, success, already } = outcome;
  return {
    runId: report.runId,
    location,
    state: 'done',
    verdict: success.verdict,
    already,
    listed: success.listed,
    extracted: success.extracted,
    quarantined: success.quarantined,
    reused: report.reused,
    leftOut: outcome.leftOut ?? report.leftOut ?? null,
    k: success.k,
    model: report.model ?? null,
    ...precisionJson(report),
    stages: report.stages,
    firstImageMs: firstImageMs === undefined ? null : Math.round(firstImageMs),
  };
}

/** What int8 changed, without the curves of the variance: `report.json` has those. */
function precisionJson({ precisionComparison: precision }: Report): object {
  if (precision === undefined) return {};
  const { images, cosine, float32, int8 } = precision;
  const figures = ({ k, accuracy }: typeof int8) => ({ k, accuracy });
  return { precisionComparison: { images, cosine, float32: figures(float32), int8: figures(int8) } };
}

/** Prints how a run ended, or that it was submitted to workers; returns the exit code. */
export async function printOutcome(
  input: CommandInput,
  { value, firstImageMs, stageMs }: Driven<RunOutcome | SubmittedRun>,
): Promise<number> {
  const { out, flags } = input;
  if ('submitted' in value) {
    const idle = value.queue === undefined ? '' : whyIdle(value.queue);
    if (idle !== '') out.note(`note: ${idle}`);
    const { location, runId, epoch, leftOut = null } = value;
    const submitted = { runId, location, epoch, state: 'submitted', leftOut };
    show(input, submitted, () => detachedText(value, flags));
    return 0;
  }
  const outcome = { ...value, report: withSeenTimes(value.report, stageMs) };
  const hasHtml = await hasHtmlReport(input, value.location);
  show(input, outcomeJson(outcome, firstImageMs), () => outcomeText(outcome, { flags, hasHtml }));
  return outcome.success.verdict === 'ok' ? 0 : 5;
}

/** Workers write no times of reduce and project: these are then as this process saw them. */
function withSeenTimes(report: Report, { reduce, project }: Driven<unknown>['stageMs']): Report {
  const { reduceMs, projectMs } = report.stages;
  const seen = { reduceMs: reduceMs ?? reduce ?? null, projectMs: projectMs ?? project ?? null };
  return { ...report, stages: { ...report.stages, ...seen } };
}

function detachedText({ location, runId }: SubmittedRun, flags: CommandInput['flags']): string {
  const run = [location, ...storageFlags(flags)].map(shellQuote).join(' ');
  const queue = queueFlags(flags).map((word) => ` ${shellQuote(word)}`);
  return [
    `run ${runId}: submitted; workers finish it without this process`,
    `watch it    ${programName()} status ${run}${queue.join('')} --watch`,
    `stop it     ${programName()} cancel ${run}`,
  ].join('\n');
}
