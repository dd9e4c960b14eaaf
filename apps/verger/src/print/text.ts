import { clip } from '@verger/core';

/** The least width of a text column in a table. */
const NARROWEST = 12;

/**
 * Rows in aligned columns, those in `right` aligned right; the first row is the head. If the table is wider
 * than `columns`, its widest text columns are clipped; if that is not enough, each row becomes a block of
 * lines.
 */
export function formatTable(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
  columns = Number.POSITIVE_INFINITY,
): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)));
  const overflow = () => widths.reduce((sum, width) => sum + width + 2, -2) - columns;
  while (overflow() > 0) {
    const text = widths.map((width, column) => (right.includes(column) ? 0 : width));
    const widest = Math.max(...text);
    if (widest <= NARROWEST) return formatBlocks(head, body);
    const next = Math.max(NARROWEST, ...text.filter((width) => width < widest));
    const cut = Math.max(1, Math.min(overflow(), widest - next));
    widths[text.indexOf(widest)] = widest - cut;
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const shown = clip(cell, widths[column] ?? 0);
        const space = ' '.repeat((widths[column] ?? 0) - [...shown].length);
        return right.includes(column) ? space + shown : shown + space;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(head), rule, ...body.map(line)].join('\n');
}

/** A table too wide for the screen: per row, the first cell, and below it the others with their heads. */
function formatBlocks(head: readonly string[], body: readonly (readonly string[])[]): string {
  const width = Math.max(...head.slice(1).map((word) => [...word].length));
  const block = ([first = '', ...rest]: readonly string[]) => [
    first,
    ...rest.flatMap((cell, at) => (cell === '' ? [] : [`  ${(head[at + 1] ?? '').padEnd(width)}  ${cell}`])),
  ];
  return body.flatMap(block).join('\n');
}

/** A text with every line indented. */
export function indent(text: string, by = 2): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by));
}
