import { formatCount } from '@verger/core';
import { SMALL } from './axes.ts';
import { type Marker, markerPath } from './markers.ts';
import { textElement, xmlText } from './svg.ts';

/** Labels that a legend names at most. */
export const MOST_NAMED = 40;
/** Characters of a label that are shown. */
const LONGEST_NAME = 28;
const ROW = SMALL * 1.35;
const MARK_ROOM = 3.4;
const COLUMN_GAP = 2.5;

/** A label in the legend. */
export interface LegendEntry {
  readonly label: string;
  readonly marker: Marker;
}

/** Where a legend stands, and what fits there. */
export interface Legend {
  readonly width: number;
  readonly elements: (left: number, top: number) => string[];
  /** Labels that it does not name. */
  readonly unnamed: number;
}

const nameOf = (label: string) => (label === '' ? '(no label)' : label);

function shortName(label: string): string {
  const characters = [...nameOf(label)];
  return characters.length <= LONGEST_NAME
    ? characters.join('')
    : `${characters.slice(0, LONGEST_NAME - 1).join('')}…`;
}

/** About what a text of sans-serif takes, mm: 0.56 of its size per character, 1 for those of East Asia. */
function nameWidth(text: string): number {
  const wide = [...text].filter((character) => character > '\u2e7f').length;
  return SMALL * (0.56 * ([...text].length - wide) + wide);
}

/**
 * The legend of labels, the most important first: in columns of at most `height`, no wider than `widest`.
 * What has no room is counted in the last line.
 */
export function legendOf(
  entries: readonly LegendEntry[],
  { height, widest }: { readonly height: number; readonly widest: number },
): Legend {
  const rows = Math.max(1, Math.floor(height / ROW));
  const fits = (named: number) => columnsOf(chosen(entries, named), rows).width <= widest;
  let named = Math.min(entries.length, MOST_NAMED);
  while (named > 0 && !fits(named)) named -= 1;
  const shown = chosen(entries, named);
  const { width, columns } = columnsOf(shown, rows);
  const elements = (left: number, top: number) => {
    const drawn: string[] = [];
    let x = left;
    for (const column of columns) {
      for (const [row, line] of column.lines.entries()) drawn.push(...lineElements(line, x, top + row * ROW));
      x += column.width + COLUMN_GAP;
    }
    return drawn;
  };
  return { width, elements, unnamed: entries.length - named };
}

type LegendLine = LegendEntry | { readonly more: number };

/** The first labels in byte order, and how many there are besides. */
function chosen(entries: readonly LegendEntry[], named: number): LegendLine[] {
  const first = entries.slice(0, named).sort((a, b) => (a.label < b.label ? -1 : 1));
  return entries.length > named ? [...first, { more: entries.length - named }] : first;
}

const textOf = (line: LegendLine) => ('more' in line ? moreText(line.more) : shortName(line.label));
const moreText = (more: number) => `… and ${formatCount(more)} more`;

function columnsOf(lines: readonly LegendLine[], rows: number) {
  const count = Math.ceil(lines.length / rows);
  const each = Math.ceil(lines.length / Math.max(1, count));
  const columns = Array.from({ length: count }, (_, index) => {
    const own = lines.slice(index * each, (index + 1) * each);
    return { lines: own, width: MARK_ROOM + Math.max(...own.map((line) => nameWidth(textOf(line)))) };
  });
  const width = columns.reduce((sum, column) => sum + column.width, COLUMN_GAP * Math.max(0, count - 1));
  return { columns, width };
}

function lineElements(line: LegendLine, x: number, y: number): string[] {
  const text = textElement(textOf(line), {
    x: x + ('more' in line ? 0 : MARK_ROOM),
    y: y + SMALL,
    size: SMALL,
  });
  if ('more' in line) return [text];
  const mark = markerPath(line.marker, [[x + 1.2, y + SMALL * 0.64]], 0.9);
  const isCut = shortName(line.label) !== nameOf(line.label);
  return isCut ? [`<g><title>${xmlText(line.label)}</title>`, mark, text, '</g>'] : [mark, text];
}
