import { formatCount, formatDuration, type Stage } from '@verger/core';
import type { Size } from './block.ts';
import { type Line, type Span, span, type Tone } from './line.ts';
import { STAGES, type StageState, type StageView } from './tracker.ts';

const LONGEST_BAR = 40;
const SHORTEST_BAR = 6;
const UNITS: Readonly<Partial<Record<Stage, string>>> = { extract: 'images', project: 'partitions' };

/** A sign for each state, so that none is told by its colour alone. */
const SIGNS: Readonly<Record<StageState, readonly [string, Tone]>> = {
  waiting: ['·', 'dim'],
  running: ['▸', 'busy'],
  done: ['✓', 'good'],
  earlier: ['✓', 'good'],
  skipped: ['–', 'dim'],
  stopped: ['✗', 'bad'],
};

const WORDS: Readonly<Partial<Record<StageState, string>>> = {
  earlier: 'done before',
  skipped: 'not needed',
};

/** The parts of a stage's line; which of them are shown depends on the width. */
interface Cells {
  readonly share: string;
  readonly counts: string;
  readonly shortCounts: string;
  /** The longest that both become: the bar is not to jump while they grow. */
  readonly countsWidth: number;
  readonly shortWidth: number;
  readonly time: string;
}

/**
 * The stages, a line each: sign, name, bar, share, counts, time; without the last ones where it is narrow.
 */
export function stageLines(stages: Readonly<Record<Stage, StageView>>, { columns }: Size): Line[] {
  const cells = STAGES.map((stage) => cellsOf(stage, stages[stage]));
  const plan = planOf(cells, columns - 1);
  return STAGES.map((stage, row) => {
    const view = stages[stage];
    const [sign, tone] = SIGNS[view.state];
    const dim = view.state === 'waiting' || view.state === 'skipped' ? 'dim' : 'plain';
    const { share, counts, shortCounts, time } = cells[row] as Cells;
    const line: Span[] = [
      span(`${sign} `, tone),
      span(plan.bar > 0 ? stage.padEnd(10) : stage.padEnd(8), dim),
    ];
    if (plan.bar > 0) line.push(...barOf(stage, view, plan.bar), span('  '));
    line.push(span(share.padStart(5), dim));
    if (plan.counts > 0) {
      const text = plan.isShort ? shortCounts : counts;
      line.push(span(`  ${text.padEnd(plan.counts)}`, dim));
    }
    if (plan.time > 0) line.push(span(`  ${time.padStart(plan.time)}`, dim));
    return line;
  });
}

const isCounted = (stage: Stage) => UNITS[stage] !== undefined;

function cellsOf(stage: Stage, { state, done, total, ms }: StageView): Cells {
  const time = ms === null ? '' : formatDuration(ms);
  const word = WORDS[state] ?? '';
  const isKnown = isCounted(stage) && total > 0 && word === '' && state !== 'waiting';
  if (!isKnown) {
    const widths = { countsWidth: word.length, shortWidth: word.length };
    return { share: '', counts: word, shortCounts: word, ...widths, time };
  }
  const share = `${Math.floor((done / total) * 100)} %`;
  const counts = (of: number) => `${formatCount(of)} of ${formatCount(total)} ${UNITS[stage]}`;
  const short = (of: number) => `${formatCount(of)}/${formatCount(total)}`;
  return {
    ...{ share, counts: counts(done), shortCounts: short(done), time },
    ...{ countsWidth: counts(total).length, shortWidth: short(total).length },
  };
}

interface Plan {
  /** Widths; 0 for what is left out. */
  readonly bar: number;
  readonly counts: number;
  readonly time: number;
  readonly isShort: boolean;
}

/** What fits: first the bar gets shorter, then the counts, then the bar, the time and the counts go. */
function planOf(cells: readonly Cells[], width: number): Plan {
  const widest = (of: (cell: Cells) => number) => Math.max(...cells.map(of));
  const long = widest(({ countsWidth }) => countsWidth);
  const short = widest(({ shortWidth }) => shortWidth);
  const times = widest(({ time: text }) => text.length);
  // A time grows while one looks: the bar is not to jump with each digit.
  const time = Math.max(times, '59 min 59 s'.length);
  const room = (counts: number) => width - 12 - 2 - 5 - (counts + 2) - (time + 2);
  for (const [counts, isShort] of [
    [long, false],
    [short, true],
  ] as const) {
    const bar = Math.min(LONGEST_BAR, room(counts));
    if (bar >= SHORTEST_BAR) return { bar, counts, time, isShort };
  }
  const bare = width - 10 - 5;
  if (bare >= short + 2 + times + 2) return { bar: 0, counts: short, time: times, isShort: true };
  if (bare >= times + 2) return { bar: 0, counts: 0, time: times, isShort: true };
  return { bar: 0, counts: 0, time: 0, isShort: true };
}

function barOf(stage: Stage, { state, done, total }: StageView, width: number): Span[] {
  const isOver = state === 'done' || state === 'earlier';
  const share = isOver ? 1 : isCounted(stage) && total > 0 && state !== 'waiting' ? done / total : 0;
  const filled = Math.min(width, Math.floor(share * width));
  const tone = isOver ? 'good' : state === 'stopped' ? 'bad' : 'busy';
  return [span('█'.repeat(filled), tone), span('░'.repeat(width - filled), 'dim')];
}
