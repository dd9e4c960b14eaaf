import { counted, formatBytes, formatCount, formatDuration, printable, type Stage } from '@verger/core';
import { codeText } from '../code-text.ts';
import type { Size } from './block.ts';
import { type Line, span } from './line.ts';
import { stageLines } from './stage-lines.ts';
import { textRows } from './text-width.ts';
import { type Preparation, type RunView, STAGES } from './tracker.ts';

/** Processes in trouble that are named. */
const SHOWN_TROUBLES = 2;
/** Rows that a sentence may take. */
const SENTENCE_ROWS = 2;
/** With so much time left, the clock time of the end is said as well. */
const LONG_MS = 10 * 60_000;
const DAY_MS = 20 * 3_600_000;
/** Where texts begin, where the terminal is wide enough. */
const GUTTER = 12;
/** Rows of a terminal that the block leaves for what stands above it, and for the cursor. */
const SPARE_ROWS = 2;

/** A terminal's size, and the time of day, epoch milliseconds. */
export type ViewSize = Size & { readonly nowMs: number };

/**
 * A run under way as a few lines that fit the terminal: its stages, and what there is of speed, workers,
 * quarantine and failed attempts; one line where it has too few rows. Printable.
 */
export function runLines(view: RunView, size: ViewSize): Line[] {
  if (view.preparing !== null) return [preparationLine(view.preparing, size)];
  if (STAGES.every((stage) => view.stages[stage].state === 'waiting')) return [];
  const lines = [...stageLines(view.stages, size), ...factLines(view, size)];
  return lines.length + SPARE_ROWS <= size.rows ? lines : [oneLine(view, size)];
}

function preparationLine(preparing: Preparation, size: Size): Line {
  switch (preparing.type) {
    case 'listing':
      return fact('listing', [span(counted(preparing.images, 'image'))], size);
    case 'weights:fetching': {
      const { receivedBytes, totalBytes } = preparing;
      const of = totalBytes === null ? '' : ` of ${formatBytes(totalBytes)}`;
      return fact('download', [span(`weights, ${formatBytes(receivedBytes)}${of}`)], size);
    }
    case 'verify:progress': {
      const { check, done, total } = preparing;
      return fact('verify', [span(`${check}: ${formatCount(done)} of ${formatCount(total)}`)], size);
    }
  }
}

function fact(word: string, text: Line, { columns }: Size, tone: 'dim' | 'warning' | 'bad' = 'dim'): Line {
  return [span(columns < 60 ? `${word} ` : word.padEnd(GUTTER), tone), ...text];
}

/** A sentence of somebody else, in two rows if it needs them. */
function sentence(word: string, text: string, size: Size, tone: 'dim' | 'bad'): Line[] {
  const rows = textRows(text, size.columns - GUTTER - 1, SENTENCE_ROWS);
  return rows.map((row, at) => fact(at === 0 ? word : '', [span(row)], size, tone));
}

function factLines(view: RunView, size: ViewSize): Line[] {
  const { quarantined, codes, failed } = view;
  const speed = speedText(view, size.nowMs);
  const lines = speed === '' ? [] : [fact('speed', [span(speed)], size)];
  lines.push(...clusterLines(view, size));
  if (quarantined > 0) {
    const images = counted(quarantined, 'image');
    const named = codes.length === 0 ? '' : `: ${codeText(codes, size.columns - GUTTER - images.length - 3)}`;
    lines.push(fact('quarantine', [span(`${images}${named}`)], size, 'warning'));
  }
  if (failed.attempts > 0) {
    const attempts = counted(failed.attempts, 'attempt');
    const named = codeText(failed.codes, size.columns - GUTTER - attempts.length - 3);
    lines.push(fact('failed', [span(`${attempts}: ${named}`)], size, 'bad'));
    if (failed.newest !== null) lines.push(...sentence('newest', newestText(failed.newest), size, 'dim'));
  }
  return lines;
}

function newestText({
  stage,
  partition,
  attempt,
  code,
  reason,
  path,
}: NonNullable<RunView['failed']['newest']>) {
  const what = partition === null ? stage : `${stage} of partition ${partition}`;
  const where = path === null ? '' : ` (${path})`;
  return printable(`${what}, attempt ${attempt}: ${code} ${reason}${where}`);
}

function clusterLines({ cluster }: RunView, size: Size): Line[] {
  if (cluster === null) return [];
  const { workers, reducers, active, waiting, troubles = [] } = cluster;
  const who = `${counted(workers, 'worker')}, ${counted(reducers, 'reducer')}`;
  const jobs = `${formatCount(active)} under way, ${formatCount(waiting)} waiting`;
  const isIdle = workers === 0 || reducers === 0;
  const line = fact('workers', [span(`${who}; jobs of all runs: ${jobs}`)], size, isIdle ? 'bad' : 'dim');
  const shown = troubles.slice(0, SHOWN_TROUBLES);
  const named = shown.flatMap((text) => sentence('trouble', printable(text), size, 'bad'));
  const rest = troubles.length - shown.length;
  const more = `${counted(rest, 'more process', 'more processes')} in trouble`;
  if (rest > 0) named.push(fact('', [span(more)], size, 'bad'));
  return [line, ...named];
}

/** `31 images/s, 1 h 12 min left (at 14:32)`; empty while nothing is known. */
export function speedText({ stages, perSecond, leftMs }: RunView, nowMs: number): string {
  if (!hasSpeed(perSecond)) return '';
  const parts = stages.extract.state === 'running' ? [`${rateText(perSecond)} images/s`] : [];
  if (leftMs !== null) {
    const clock = leftMs < LONG_MS ? '' : ` (at ${clockTime(nowMs + leftMs, nowMs)})`;
    parts.push(`${formatDuration(leftMs)} left${clock}`);
  }
  return parts.join(', ');
}

/** The least speed that is not shown as 0, per second. */
const LEAST_SPEED = 0.05;

/** True for a speed that is known: nothing done yet, or nothing for long, is none. */
export const hasSpeed = (perSecond: number | null): perSecond is number =>
  perSecond !== null && perSecond >= LEAST_SPEED;

/** A speed per second with as many digits as say something. */
export const rateText = (perSecond: number) =>
  perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond));

/** The local time of day; with its date where that is not soon. */
function clockTime(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (atMs - nowMs < DAY_MS) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** The running stage, its share, time left, and what went wrong so far. */
function oneLine(view: RunView, { nowMs }: ViewSize): Line {
  const { stages, quarantined, failed } = view;
  const isUnderWay = (stage: Stage) => stages[stage].state === 'running' || stages[stage].state === 'stopped';
  const name = STAGES.find(isUnderWay) ?? STAGES.findLast((stage) => stages[stage].state === 'done');
  if (name === undefined) return [];
  const { done, total } = stages[name];
  const share =
    name === 'reduce' || name === 'finish' || total === 0 ? '' : ` ${Math.floor((done / total) * 100)} %`;
  const parts = [`${name}${share}`, speedText(view, nowMs)].filter((text) => text !== '');
  const line = [span(parts.join(', '))];
  if (quarantined > 0) line.push(span(`, ${formatCount(quarantined)} in quarantine`, 'warning'));
  if (failed.attempts > 0) line.push(span(`, ${counted(failed.attempts, 'failed attempt')}`, 'bad'));
  return line;
}
