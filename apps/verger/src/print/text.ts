/** 0.7513 → `75.1 %` */
export function formatShare(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}

/** Milliseconds as a person says them: `0.4 s`, `12.3 s`, `4 min 05 s`, `2 h 03 min`. */
export function formatDuration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Bytes in binary units: `1.4 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Cuts text to a width, with an ellipsis. */
export function clip(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** A text column of a table is not made narrower than this. */
const NARROWEST = 12;

/**
 * Rows in aligned columns; numbers (`right`) to the right. The first row is the head. What is wider than `columns` gets its widest
 * columns of text clipped; where that is not enough, each row becomes a block of lines.
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

/** A table that no screen holds: the first cell of a row, and under it the others with their heads. */
function formatBlocks(head: readonly string[], body: readonly (readonly string[])[]): string {
  const width = Math.max(...head.slice(1).map((word) => [...word].length));
  const block = ([first = '', ...rest]: readonly string[]) => [
    first,
    ...rest.flatMap((cell, at) => (cell === '' ? [] : [`  ${(head[at + 1] ?? '').padEnd(width)}  ${cell}`])),
  ];
  return body.flatMap(block).join('\n');
}

/** Every line of a text moved to the right. */
export function indent(text: string, by = 2): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by));
}

/** A word for a shell, quoted where it must be. */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
