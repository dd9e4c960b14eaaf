import { extname, join } from 'node:path';
import { formatCount, type LabelCentroids, type PcaModel } from '@verger/core';
import type { ExportSource } from '@verger/export';
import type { PlotStyle } from '@verger/report';
import type { CommandInput } from '../cli/command.ts';
import { programName } from '../print/program-name.ts';
import { nearestWord } from './nearest-word.ts';
import { checkOutputFiles, pick, readOutput, usage } from './output-file.ts';

/** What a plot can show. */
export const PLOT_KINDS = ['scatter', 'variance'] as const;
/** What can be behind a plot. */
export const BACKGROUNDS = ['none', 'white'] as const;

/** mm: two columns of a journal wide. */
const DEFAULT_SIZE = '180x120';
const LEAST_MM = 40;
const MOST_MM = 1000;

/** A plot that is wanted, and where. */
export interface PlotTarget {
  readonly kind: (typeof PLOT_KINDS)[number];
  readonly style: PlotStyle;
  readonly force: boolean;
  /** Absolute path. */
  readonly file: string;
}

/**
 * The flags of `plot` as a file that may be written. Errors: E_USAGE, E_OUTPUT_INSIDE_RUN; E_OUTPUT_EXISTS
 * without --force.
 */
export async function plotTarget(input: CommandInput, source: ExportSource): Promise<PlotTarget> {
  const { flags } = input;
  const kind = pick(flags['kind'], PLOT_KINDS, '--kind') ?? 'scatter';
  const background = pick(flags['background'], BACKGROUNDS, '--background') ?? 'none';
  const [width, height] = sizeOf(flags['size'] ?? DEFAULT_SIZE);
  const title = typeof flags['title'] === 'string' ? flags['title'] : null;
  if (kind === 'variance') {
    for (const flag of ['components', 'labels']) {
      if (flags[flag] !== undefined) throw usage(`--${flag} is for --kind scatter.`);
    }
  }
  const { path, folder } = await readOutput(input);
  const file = folder ? join(path, `${source.manifest.runId}-${kind}.svg`) : path;
  if (extname(file).toLowerCase() !== '.svg') throw usage('The name of --output must end in .svg.');
  const force = flags['force'] === true;
  await checkOutputFiles([file], { force, store: source.store });
  return { kind, style: { width, height, background, title }, force, file };
}

function sizeOf(value: unknown): [number, number] {
  const [, width, height] = /^(\d{1,4}(?:\.\d+)?)x(\d{1,4}(?:\.\d+)?)$/.exec(String(value)) ?? [];
  const size = [Number(width), Number(height)] as [number, number];
  if (size.every((side) => side >= LEAST_MM && side <= MOST_MM)) return size;
  throw usage(
    `--size must be WIDTHxHEIGHT in mm, each from ${LEAST_MM} to ${MOST_MM}, such as ${DEFAULT_SIZE}.`,
  );
}

/** `--components` as two numbers from 1; the first two by default. Errors: E_USAGE. */
export function plotComponents(
  value: unknown,
  { k, explainedVariance }: Pick<PcaModel, 'k' | 'explainedVariance'>,
  run: string,
): [number, number] {
  if (k === 1) {
    const refit = `, or fit more with \`${programName()} refit ${run} --components 2\``;
    // Of two images, there is no second component to fit.
    const more = explainedVariance.length >= 2 ? refit : '';
    throw usage(`The run has only one component, and a scatter shows two. Use --kind variance${more}.`);
  }
  if (value === undefined) return [1, 2];
  const [, x, y] = /^(\d{1,4}),(\d{1,4})$/.exec(String(value)) ?? [];
  const two = [Number(x), Number(y)] as [number, number];
  const isGood = two.every((one) => one >= 1 && one <= k) && two[0] !== two[1];
  if (isGood) return two;
  throw usage(`--components must be two different numbers from 1 to ${k}, such as 1,2.`);
}

/**
 * `--labels` as a set; undefined for all. A word that is a label is one, commas and all. Errors: E_USAGE for
 * a label that the run does not have.
 */
export function plotLabels(
  value: unknown,
  known: Pick<LabelCentroids, 'labels' | 'truncated'> | undefined,
): ReadonlySet<string> | undefined {
  if (value === undefined) return undefined;
  const all = new Set(known?.labels.map(({ label }) => label));
  const wanted = all.has(String(value)) ? [String(value)] : String(value).split(',');
  // Of a run with more labels than are kept, the rows tell.
  if (known !== undefined && !known.truncated) for (const label of wanted) requireLabel(label, all);
  return new Set(wanted);
}

/** Known labels that are named where none is near. */
const NAMED_LABELS = 5;

/** Errors: E_USAGE with the label that was probably meant, or the first ones that there are. */
export function requireLabel(label: string, known: ReadonlySet<string>): void {
  if (known.has(label)) return;
  const nearest = nearestWord(label, known);
  const hint = nearest === undefined ? firstLabels(known) : ` Did you mean ${JSON.stringify(nearest)}?`;
  throw usage(`The run has no images with the label ${JSON.stringify(label)}.${hint}`);
}

function firstLabels(known: ReadonlySet<string>): string {
  const all = [...known].filter((label) => label !== '');
  if (all.length === 0) return '';
  const named = all.slice(0, NAMED_LABELS).map((label) => JSON.stringify(label));
  const rest = all.length - named.length;
  return ` Its labels are ${named.join(', ')}${rest === 0 ? '' : `, and ${formatCount(rest)} more`}.`;
}
