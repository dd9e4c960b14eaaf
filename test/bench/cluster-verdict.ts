import { markdownTable } from '@verger/testkit/built';

/** A measured figure and its bound, as a line of a table. */
export interface Verdict {
  readonly line: readonly string[];
  /** False where a bound is missed; true, too, where there is none. */
  readonly met: boolean;
}

/** What a part of `bench:cluster` found, in Markdown, without its title. */
export interface PartResult {
  readonly text: string;
  readonly verdicts: readonly Verdict[];
}

/** Holds a figure against its bound; `unit` stands behind both. */
export function verdictOf(
  what: string,
  value: number,
  { least, most, unit = '' }: { least?: number; most?: number; unit?: string },
): Verdict {
  const met = value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY);
  const shown = (number: number) =>
    `${Number.isInteger(number) ? String(number) : number.toFixed(Math.abs(number) < 10 ? 2 : 0)}${unit}`;
  const bound = least === undefined ? (most === undefined ? '–' : `≤ ${shown(most)}`) : `≥ ${shown(least)}`;
  const word = bound === '–' ? '' : met ? 'met' : '**missed**';
  return { line: [what, shown(value), bound, word], met };
}

/** The figures of a part with their bounds. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  return markdownTable([['', 'measured', 'bound', ''], ...verdicts.map(({ line }) => line)], [1, 2]);
}
