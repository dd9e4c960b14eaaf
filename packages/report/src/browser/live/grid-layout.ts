/** Where the cells of the partition grid are. Pure: CSS pixels, rows from the top. */

/** A grid of so many cells. */
export interface GridLayout {
  readonly count: number;
  /** From one cell to the next. */
  readonly pitch: number;
  readonly columns: number;
  readonly rows: number;
  /** Height of all rows. */
  readonly height: number;
  /** Height of what is seen of them; the rest is scrolled to. */
  readonly seen: number;
}

const LARGEST = 26;
const SMALLEST = 5;
/** A grid that is no higher is seen whole. */
const WHOLE_HEIGHT = 300;
const MOST_SEEN = 440;

/** The largest cells with which the grid is seen whole; the smallest where there are too many. */
export function gridLayout(count: number, width: number): GridLayout {
  let pitch = LARGEST;
  const columnsOf = () => Math.max(1, Math.floor(width / pitch));
  while (pitch > SMALLEST && Math.ceil(count / columnsOf()) * pitch > WHOLE_HEIGHT) pitch -= 1;
  const columns = columnsOf();
  const rows = Math.max(1, Math.ceil(count / columns));
  const height = rows * pitch;
  return { count, pitch, columns, rows, height, seen: Math.min(height, MOST_SEEN) };
}

/** The cell at a place of the grid; undefined beside the cells. */
export function cellAt({ pitch, columns, count }: GridLayout, x: number, y: number): number | undefined {
  const column = Math.floor(x / pitch);
  const row = Math.floor(y / pitch);
  if (column < 0 || column >= columns || row < 0) return undefined;
  const at = row * columns + column;
  return at < count ? at : undefined;
}

/** The left upper corner of a cell. */
export function cornerOf({ pitch, columns }: GridLayout, at: number): { x: number; y: number } {
  return { x: (at % columns) * pitch, y: Math.floor(at / columns) * pitch };
}

/** The cell that a key leads to; undefined for another key. */
export function movedBy(layout: GridLayout, at: number, key: string, isControl = false): number | undefined {
  const { columns, count, seen, pitch } = layout;
  const page = columns * Math.max(1, Math.floor(seen / pitch) - 1);
  const row = at - (at % columns);
  const to = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - columns,
    ArrowDown: at + columns,
    PageUp: at - page,
    PageDown: at + page,
    Home: isControl ? 0 : row,
    End: isControl ? count - 1 : row + columns - 1,
  }[key];
  if (to === undefined) return undefined;
  // Up from the first row and down from the last lead nowhere.
  const isVertical = key === 'ArrowUp' || key === 'ArrowDown';
  if (isVertical && (to < 0 || to >= count)) return at;
  return Math.max(0, Math.min(count - 1, to));
}
