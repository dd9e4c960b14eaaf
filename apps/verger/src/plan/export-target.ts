import { basename, dirname, extname, join } from 'node:path';
import type { ExportFormat, ExportSource, ExportWhat } from '@verger/export';
import type { CommandInput } from '../cli/command.ts';
import { checkOutputFiles, pick, readOutput, usage } from './output-file.ts';

/** The formats of an export, and what of a run it holds. */
export const EXPORT_FORMATS: readonly ExportFormat[] = ['csv', 'parquet', 'npy'];
/** What of a run an export can hold. */
export const EXPORT_WHATS: readonly ExportWhat[] = ['features', 'projection', 'both'];

/** What an export makes, and where. */
export interface ExportTarget {
  readonly format: ExportFormat;
  readonly what: ExportWhat;
  readonly withImages: boolean;
  readonly raw: boolean;
  readonly bom: boolean;
  readonly force: boolean;
  /** Absolute paths of the table, and of the file that names the rows of an .npy. */
  readonly file: string;
  readonly beside: string;
}

/**
 * The flags of `export` as a target that may be written. Errors: E_USAGE for what does not go together;
 * E_RUN_NO_ROWS for a projection of a run without a model; E_OUTPUT_INSIDE_RUN; E_OUTPUT_EXISTS without
 * --force.
 */
export async function exportTarget(input: CommandInput, source: ExportSource): Promise<ExportTarget> {
  const { flags } = input;
  const { path, folder } = await readOutput(input);
  const what = pick(flags['what'], EXPORT_WHATS, '--what') ?? 'projection';
  const format = pick(flags['format'], EXPORT_FORMATS, '--format') ?? (folder ? undefined : formatOf(path));
  if (format === undefined)
    throw usage(`The name of --output does not tell the format: pass --format ${EXPORT_FORMATS.join(', ')}.`);
  const withImages = flags['images'] === true;
  const raw = flags['raw'] === true;
  const bom = flags['bom'] === true;
  if (withImages && format !== 'csv') throw usage('--images requires --format csv.');
  if (raw && format !== 'csv') throw usage('--raw requires --format csv.');
  if (bom && format !== 'csv') throw usage('--bom requires --format csv.');
  if (format === 'npy' && what === 'both')
    throw usage('An .npy file holds one array: export features and projection separately.');
  const file = folder ? join(path, `${source.manifest.runId}-${what}.${format}`) : path;
  const beside = join(dirname(file), `${basename(file, '.npy')}.rows.csv`);
  const target = { format, what, withImages, raw, bom, force: flags['force'] === true, file, beside };
  await checkOutputFiles(format === 'npy' ? [file, beside] : [file], { ...target, store: source.store });
  return target;
}

const formatOf = (path: string) =>
  EXPORT_FORMATS.find((format) => extname(path).toLowerCase() === `.${format}`);
