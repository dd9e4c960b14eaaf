import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { VergerError } from '@verger/core';
import type { ExportFormat, ExportSource, ExportWhat } from '@verger/export';
import { readManifest } from '@verger/run';
import { isInside, isTaken, openStorage } from '@verger/storage';
import type { CommandInput } from '../cli/command.ts';

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

const usage = (detail: string) => new VergerError('E_USAGE', {}, { detail });

/**
 * The flags of `export` as a target that may be written. Errors: E_USAGE for what does not go together;
 * E_RUN_NO_ROWS for a projection of a run without a model; E_OUTPUT_INSIDE_RUN; E_OUTPUT_EXISTS without
 * --force.
 */
export async function exportTarget(input: CommandInput, source: ExportSource): Promise<ExportTarget> {
  const { flags, cwd } = input;
  const output = flags['output'];
  if (typeof output !== 'string' || output === '') throw usage('--output FILE is missing.');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(output))
    throw usage('--output must be a file or a folder on this machine.');
  const what = pick(flags['what'], EXPORT_WHATS, '--what') ?? 'projection';
  const path = resolve(cwd, output);
  const folder = output.endsWith('/') || (await isFolder(path));
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
  await checkPlace(target, source);
  return target;
}

function pick<T extends string>(value: unknown, known: readonly T[], flag: string): T | undefined {
  if (value === undefined) return undefined;
  const found = known.find((one) => one === value);
  if (found === undefined) throw usage(`${flag} must be one of ${known.join(', ')}, not ${String(value)}.`);
  return found;
}

const formatOf = (path: string) =>
  EXPORT_FORMATS.find((format) => extname(path).toLowerCase() === `.${format}`);

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** A run's folder holds the run and nothing else: a stray file in it would be read as one of its own. */
async function checkPlace(
  { format, force, file, beside }: ExportTarget,
  source: ExportSource,
): Promise<void> {
  const inside =
    (await isInside(dirname(file), source.store.describe())) || (await isInsideAnyRun(dirname(file)));
  if (inside) throw new VergerError('E_OUTPUT_INSIDE_RUN', { option: '--output', location: file });
  if (force) return;
  for (const path of format === 'npy' ? [file, beside] : [file]) {
    if (await isTaken(path)) throw new VergerError('E_OUTPUT_EXISTS', { option: '--output', location: path });
  }
}

/** True for a folder of a run, and for one below it. */
export async function isInsideAnyRun(folder: string): Promise<boolean> {
  // Other programs have files of that name too: what does not read as a manifest is none.
  if ((await readManifest(openStorage(folder)).catch(() => undefined)) !== undefined) return true;
  const parent = dirname(folder);
  return parent === folder ? false : await isInsideAnyRun(parent);
}
