import {
  clip,
  counted,
  type Epoch,
  type Failure,
  formatCount,
  type Manifest,
  printable,
  type QuarantineCounts,
  type ScalingDecisionRecord,
} from '@verger/core';
import type { QueueState } from '@verger/driver/runs';
import { codeText, mostFirst } from './code-text.ts';
import { type KnownNames, withNames } from './next-text.ts';
import { asCalled } from './program-name.ts';
import { scalingLines } from './scaling-text.ts';

/** Rows for sentences about a queue; all of them are in the JSON. */
const IDLE_ROWS = 2;
/** Rows that a text may take. */
const TEXT_ROWS = 2;
/** Where texts begin. */
const INDENT = 14;

/** What `status` knows of a run. */
export interface StatusFacts {
  readonly manifest: Manifest;
  readonly location: string;
  /** Its state for a person. */
  readonly words: string;
  readonly isDone: boolean;
  readonly extracted: number;
  readonly quarantined: number;
  readonly codes: Readonly<QuarantineCounts>;
  readonly committed: number;
  readonly projected: number;
  readonly hasModel: boolean;
  readonly epochNumber: number;
  readonly epoch: Epoch | undefined;
  readonly decision: ScalingDecisionRecord | null;
  readonly queue: QueueState | undefined;
  /** Of the newest epoch, in any order. */
  readonly failures: readonly Failure[];
  /** Goes on with the run; null for one that is done. */
  readonly resume: string | null;
}

/** The progress of a run, its workers and what went wrong, in at most a screen of 24 rows of 80 columns. */
export function statusText(
  facts: StatusFacts,
  { columns, nowMs, names }: { readonly columns: number; readonly nowMs: number; readonly names: KnownNames },
): string {
  const { manifest, location, words, isDone, epoch, decision, queue, failures, resume } = facts;
  const lines = [
    `run ${manifest.runId}: ${words}`,
    ...countLines(facts),
    `  PCA model   ${facts.hasModel ? modelWords(manifest) : 'not yet'}`,
    `  epoch       ${facts.epochNumber}${epoch === undefined ? '' : submittedWords(epoch)}`,
    `  source      ${printable(manifest.images)}`,
    `  location    ${location}`,
    ...scalingLines(epoch?.deadline, decision, { nowMs, isDone }).map((line) => clipRows(line, columns)),
    ...(queue === undefined ? [] : queueLines(queue)),
    ...failureLines(failures, { columns, names }),
  ];
  if (resume !== null) {
    const when = words.startsWith('running') ? 'if it is no longer running' : 'to continue';
    lines.push(`  ${when}: ${resume}`);
  }
  return lines.join('\n');
}

function countLines({
  manifest,
  extracted,
  quarantined,
  codes,
  committed,
  projected,
}: StatusFacts): string[] {
  const { images } = manifest.listing;
  const lines = [
    `  images      ${formatCount(images)} listed, ${formatCount(extracted)} extracted, ` +
      `${formatCount(quarantined)} in quarantine`,
    `  partitions  ${formatCount(committed)} of ${formatCount(manifest.partitions.length)} committed, ` +
      `${formatCount(projected)} projected`,
  ];
  if (quarantined > 0) lines.push(`  quarantine  ${codeText(mostFirst(Object.entries(codes)))}`);
  return lines;
}

/** How many attempts failed with which codes, and the newest with what to do. */
function failureLines(
  failures: readonly Failure[],
  { columns, names }: { columns: number; names: KnownNames },
): string[] {
  const newest = failures.toSorted((a, b) => (a.at < b.at ? -1 : 1)).at(-1);
  if (newest === undefined) return [];
  const counts = new Map<string, number>();
  for (const { code } of failures) counts.set(code, (counts.get(code) ?? 0) + 1);
  const { kind, partition, attempt, code, reason, path, next } = newest;
  const what = partition === null ? kind : `${kind} of partition ${partition}`;
  return [
    `  failed      ${counted(failures.length, 'attempt')} in this epoch: ${codeText(mostFirst(counts))}`,
    clipRows(`  newest      ${what}, attempt ${attempt}: ${printable(`${code} ${reason}`)}`, columns),
    ...(path === null ? [] : [`              ${clip(printable(path), columns - INDENT)}`]),
    `              → ${printable(asCalled(withNames(next, names)))}`,
  ];
}

/** A line that takes at most so many rows once it is wrapped; words leave a little of each row free. */
function clipRows(line: string, columns: number): string {
  return clip(line, INDENT + TEXT_ROWS * (columns - INDENT) - 12);
}

function submittedWords({ at, by: { host, pid } }: Epoch): string {
  return `, submitted ${at} by process ${pid} on ${printable(host)}`;
}

function modelWords({ model }: Manifest): string {
  return model === undefined ? 'fitted' : `taken from run ${model.runId}`;
}

/** What a queue says of itself, as lines. */
function queueLines({ queue, seen, error }: QueueState): string[] {
  const first = (text: string) => `  queue       ${printable(`${queue}: ${text}`)}`;
  if (seen === undefined) return [first(`${error?.code}: ${error?.message}`)];
  const who = `${counted(seen.workers, 'worker')}, ${counted(seen.reducers, 'reducer')}`;
  const jobs = `for all runs: ${counted(seen.waiting + seen.delayed, 'job')} waiting, ${seen.active} active`;
  const fits = seen.idle.length <= IDLE_ROWS;
  const shown = seen.idle.slice(0, fits ? IDLE_ROWS : IDLE_ROWS - 1).map(printable);
  if (!fits) shown.push(`and ${formatCount(seen.idle.length - shown.length)} more (--json shows all)`);
  return [first(`${who}; ${jobs}`), ...shown.map((text) => `              ${text}`)];
}
