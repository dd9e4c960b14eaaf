import { counted, formatBytes, formatCount, RUN_FILES, VergerError } from '@verger/core';
import { findRun, openImages } from '@verger/driver/runs';
import { type ExportPiece, type ExportSource, exportPieces, openExport } from '@verger/export';
import { openWholeFile, type WholeFile } from '@verger/storage';
import { type Command, type CommandInput, show } from '../cli/command.ts';
import { type ExportTarget, exportTarget } from '../plan/export-target.ts';

const NOTE_EVERY_MS = 5000;

/** One file that was written. */
interface Exported {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * `verger export RUN --output FILE`: writes a finished run to one file elsewhere, completely or not at all,
 * and never over an existing file (unless --force). Needs no weights and no children.
 */
export const exportTable: Command = async (input) => {
  const { store, manifest } = await findRun(input.storages, input.args[0] ?? '');
  const source = await openExport(store, manifest);
  const target = await exportTarget(input, source);
  const files = await writeTarget(input, source, target);
  const { success } = source;
  const [table, rows] = files;
  const { format, what } = target;
  const counts = { rows: success.extracted, quarantined: success.quarantined, verdict: success.verdict };
  const beside = rows === undefined ? {} : { beside: rows };
  const result = { runId: manifest.runId, format, what, ...table, ...counts, ...beside };
  show(input, result, () => exportText(source, target, files));
  return 0;
};

/**
 * Writes the pieces to their files, then gives these their names; the table comes last and marks completion.
 */
async function writeTarget(
  input: CommandInput,
  source: ExportSource,
  target: ExportTarget,
): Promise<Exported[]> {
  const { force, ...wish } = target;
  const images = openImages(input, source.manifest);
  const pieces = exportPieces(source, {
    ...wish,
    images,
    signal: input.signal,
    onRows: rowNotes(input, source),
  });
  const paths = { table: target.file, rows: target.beside };
  const open = new Map<ExportPiece['file'], WholeFile>();
  try {
    for await (const { file, bytes } of pieces) {
      input.signal.throwIfAborted();
      let whole = open.get(file);
      if (whole === undefined) {
        whole = await openWholeFile(paths[file]);
        open.set(file, whole);
      }
      await whole.write(bytes);
    }
    const closed = new Map<ExportPiece['file'], Exported>();
    for (const [file, whole] of open) closed.set(file, { file: paths[file], ...(await whole.close()) });
    // An older table goes first, so that an interruption leaves no array beside the rows of another.
    if (force && open.has('rows')) await open.get('table')?.clear();
    for (const file of ['rows', 'table'] as const) {
      if ((await open.get(file)?.publish({ overwrite: force })) !== 'exists') continue;
      throw new VergerError('E_OUTPUT_EXISTS', { option: '--output', location: paths[file] });
    }
    return (['table', 'rows'] as const).flatMap((file) => closed.get(file) ?? []);
  } finally {
    for (const whole of open.values()) await whole.discard();
  }
}

function rowNotes({ out }: CommandInput, { success }: ExportSource): (rows: number) => void {
  let toldMs = performance.now();
  return (rows) => {
    if (performance.now() - toldMs < NOTE_EVERY_MS) return;
    toldMs = performance.now();
    out.note(`export: ${formatCount(rows)} of ${formatCount(success.extracted)} rows`);
  };
}

function exportText(
  { manifest, success }: ExportSource,
  { format, what, withImages }: ExportTarget,
  [table, rows]: readonly Exported[],
): string {
  if (table === undefined) throw new Error('an export without a file');
  const lists = {
    features: 'features (1,280 numbers)',
    projection: `pca_features (${success.k} numbers)`,
    both: `features (1,280 numbers), pca_features (${success.k} numbers)`,
  };
  const columns =
    format === 'npy' ? lists[what] : `path, label, ${lists[what]}${withImages ? ', image_base64' : ''}`;
  const quoted = JSON.stringify(table.file);
  const both = ['features', 'pca_features'];
  const columnsOf = { features: ['features'], projection: ['pca_features'], both };
  const converters = columnsOf[what].map((name) => `"${name}": json.loads`).join(', ');
  const open = {
    csv:
      `python: pandas.read_csv(${quoted}, dtype={"path": str, "label": str}, keep_default_na=False)` +
      `  # lists: converters={${converters}}`,
    parquet: `python: pandas.read_parquet(${quoted})`,
    npy: `python: numpy.load(${quoted}, mmap_mode="r")`,
  };
  const lines = [
    `run ${manifest.runId}: ${formatCount(success.extracted)} rows exported`,
    `  file        ${table.file} (${formatBytes(table.bytes)})`,
    `  columns     ${columns}`,
    `  sha256      ${table.sha256}`,
  ];
  if (rows !== undefined) lines.push(`  rows        ${rows.file}: path and label, in the same order`);
  if (success.quarantined > 0) {
    const verdict = success.verdict === 'too-many-bad' ? ': TOO MANY BAD (E_TOO_MANY_BAD)' : '';
    lines.push(
      `  not in it   ${formatCount(success.quarantined)} of ${counted(success.listed, 'image')}, ` +
        `see ${RUN_FILES.quarantine}${verdict}`,
    );
  }
  return [...lines, `  look at it  ${open[format]}`].join('\n');
}
