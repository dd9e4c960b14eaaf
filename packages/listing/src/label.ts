import { sha256, VergerError } from '@verger/core';
import { csvRecords } from './csv.ts';
import { regexLabeler } from './label-regex.ts';

/** The label of a relative path; "" for none. */
export type Labeler = (path: string) => string;

/** A labeler, and its rule as the manifest holds it: a CSV by its content, not its name. */
export interface LabelRule {
  readonly labeler: Labeler;
  readonly rule: string;
}

/**
 * Reads `--label`: `parent` (name of the folder the file is in, "" in the root), `none`, `regex:EXPR` (what
 * its first group matched, see `regexLabeler`), `csv:FILE` (columns path and label, others ignored; "" for
 * paths that are not in it). Errors: E_USAGE, E_LABEL_REGEX, E_LABEL_CSV.
 */
export async function parseLabelRule(
  rule: string,
  readFile: (path: string) => Promise<string>,
): Promise<LabelRule> {
  if (rule === 'parent') return { labeler: parentName, rule };
  if (rule === 'none') return { labeler: () => '', rule };
  if (rule.startsWith('regex:')) return { labeler: regexLabeler(rule.slice('regex:'.length)), rule };
  if (rule.startsWith('csv:')) return await csvRule(rule.slice('csv:'.length), readFile);
  const detail = `--label must be parent, none, regex:EXPR or csv:FILE, not ${JSON.stringify(rule)}.`;
  throw new VergerError('E_USAGE', { option: '--label' }, { detail });
}

function parentName(path: string): string {
  const end = path.lastIndexOf('/');
  return end === -1 ? '' : path.slice(path.lastIndexOf('/', end - 1) + 1, end);
}

async function csvRule(file: string, readFile: (path: string) => Promise<string>): Promise<LabelRule> {
  const fail = (detail: string, cause?: unknown) =>
    new VergerError('E_LABEL_CSV', { option: '--label', location: file }, { detail, cause });
  let text: string;
  try {
    text = await readFile(file);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (isMissing) throw fail('The file does not exist.', cause);
    throw fail(cause instanceof Error ? cause.message : String(cause), cause);
  }
  let labels: ReadonlyMap<string, string>;
  try {
    labels = labelsOf(text);
  } catch (cause) {
    throw fail(cause instanceof Error ? cause.message : String(cause), cause);
  }
  return { labeler: (path) => labels.get(path) ?? '', rule: `csv:${sha256(text)}` };
}

function labelsOf(text: string): Map<string, string> {
  const records = csvRecords(text);
  const header = records.next().value?.fields ?? [];
  const [path, label] = [header.indexOf('path'), header.indexOf('label')];
  if (path === -1 || label === -1)
    throw new Error(`Line 1 has the columns ${JSON.stringify(header)}, but not both path and label.`);
  const labels = new Map<string, string>();
  for (const { line, fields } of records) {
    const [key, value] = [fields[path], fields[label]];
    if (key === undefined || value === undefined || fields.length !== header.length) {
      throw new Error(`Line ${line} has ${fields.length} fields, the header ${header.length}.`);
    }
    if ((labels.get(key) ?? value) !== value) {
      throw new Error(`Line ${line} gives ${JSON.stringify(key)} a second label.`);
    }
    labels.set(key, value);
  }
  return labels;
}
