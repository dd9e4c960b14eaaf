import {
  counted,
  formatBytes,
  formatCount,
  labelCentroidsSchema,
  pcaModelSchema,
  RUN_FILES,
  shellQuote,
  VergerError,
} from '@verger/core';
import { findRun } from '@verger/driver/runs';
import { type ExportSource, openExport } from '@verger/export';
import { scatterSvg, varianceSvg } from '@verger/report';
import { parseRecord, requireFile, sha256Async } from '@verger/run';
import { openWholeFile } from '@verger/storage';
import { type Command, type CommandInput, show } from '../cli/command.ts';
import { readPlotRows } from '../plan/plot-rows.ts';
import { type PlotTarget, plotComponents, plotLabels, plotTarget } from '../plan/plot-target.ts';

/** A drawn plot: its file as text, what it shows as data and in words. */
interface Drawn {
  readonly svg: string;
  readonly facts: object;
  readonly words: string;
}

/**
 * `verger plot RUN --output FILE.svg`: draws the projection or the variance of a finished run for a paper.
 * The same run and flags give the same bytes.
 */
export const plot: Command = async (input) => {
  const { store, manifest, location } = await findRun(input.storages, input.args[0] ?? '');
  const source = await openExport(store, manifest);
  const target = await plotTarget(input, source);
  const drawn = await (target.kind === 'variance' ? drawVariance : drawScatter)(input, {
    source,
    target,
    location,
  });
  const { bytes, sha256 } = await writeOne(target, drawn.svg);
  const { kind, file } = target;
  const { width, height } = target.style;
  const result = { runId: manifest.runId, kind, file, bytes, sha256, widthMm: width, heightMm: height };
  show(input, { ...result, ...drawn.facts }, () =>
    [
      `run ${manifest.runId}: ${drawn.words}`,
      `  file        ${file} (${formatBytes(bytes)}; ${width} × ${height} mm)`,
    ].join('\n'),
  );
  return 0;
};

interface Plotted {
  readonly source: ExportSource;
  readonly target: PlotTarget;
  readonly location: string;
}

async function drawScatter(
  { flags, signal }: CommandInput,
  { source, target, location }: Plotted,
): Promise<Drawn> {
  const model = await readPromised(source, RUN_FILES.model, pcaModelSchema);
  const known = await readPromised(source, RUN_FILES.labels, labelCentroidsSchema);
  const components = plotComponents(flags['components'], model, shellQuote(location));
  const labels = plotLabels(flags['labels'], known);
  const ofLabels = known.labels.reduce(
    (sum, { label, count }) => sum + (labels?.has(label) === false ? 0 : count),
    0,
  );
  const expected = labels === undefined || known.truncated ? source.success.extracted : ofLabels;
  const read = await readPlotRows(source, { components, labels, rows: expected, signal });
  const shares = components.map((one) => model.explainedVarianceRatio[one - 1] ?? 0) as [number, number];
  const { runId } = source.manifest;
  const svg = scatterSvg({ runId, components, shares, ...read }, target.style);
  const points = read.labels.reduce((sum, one) => sum + one.points.length / 2, 0);
  const sample = points < read.rows ? ` (an even sample of ${formatCount(read.rows)})` : '';
  const shown = `${counted(points, 'image')}${sample} of ${counted(read.labels.length, 'label')}`;
  return {
    svg,
    facts: { components, points, rows: read.rows, labels: read.labels.length },
    words: `components ${components[0]} and ${components[1]} of ${shown}`,
  };
}

async function drawVariance(_: CommandInput, { source, target }: Plotted): Promise<Drawn> {
  const model = await readPromised(source, RUN_FILES.model, pcaModelSchema);
  let sum = 0;
  const cumulative = model.explainedVarianceRatio.map((share) => {
    sum += share;
    return Math.min(1, sum);
  });
  const { k } = model;
  const { runId } = source.manifest;
  const svg = varianceSvg({ runId, k, cumulative, wanted: model.options.variance }, target.style);
  return {
    svg,
    facts: { k, components: cumulative.length },
    words: `cumulative variance of ${counted(cumulative.length, 'component')}, k = ${k}`,
  };
}

/** A promised JSON file of a finished run, checked. Errors: E_RUN_NO_ROWS, E_RUN_CORRUPT. */
async function readPromised<T extends object>(
  { store, success }: ExportSource,
  file: string,
  schema: Parameters<typeof parseRecord<T>>[1],
): Promise<T> {
  const location = `${store.describe()}/${file}`;
  const bytes = await requireFile(store, file);
  if ((await sha256Async(bytes)) !== success.files[file]?.sha256) {
    throw new VergerError('E_RUN_CORRUPT', { location }, { detail: 'Its sha256 does not match _SUCCESS.' });
  }
  return parseRecord(bytes, schema, location);
}

async function writeOne(
  { file, force }: PlotTarget,
  text: string,
): Promise<{ bytes: number; sha256: string }> {
  const whole = await openWholeFile(file);
  try {
    await whole.write(Buffer.from(text));
    const written = await whole.close();
    if ((await whole.publish({ overwrite: force })) === 'created') return written;
    throw new VergerError('E_OUTPUT_EXISTS', { option: '--output', location: file });
  } finally {
    await whole.discard();
  }
}
