import { fitLine, type Line, lineText, paintLine } from './line.ts';
import { textWidth } from './text-width.ts';

/** Milliseconds between two frames: 8 a second. */
const FRAME_MS = 125;
/** Of a terminal that does not say how large it is. */
const USUAL_COLUMNS = 80;
const USUAL_ROWS = 24;

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** What is too long is cut by the terminal, should its widths be others than ours. */
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** Columns and rows of a terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What a block needs of the stream of a terminal. */
export interface TerminalStream {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** What a block needs of its process. */
export interface BlockProcess {
  readonly pid: number;
  on(event: 'exit' | 'SIGTSTP' | 'SIGCONT', listener: () => void): unknown;
  off(event: 'exit' | 'SIGTSTP' | 'SIGCONT', listener: () => void): unknown;
  kill(pid: number, signal: 'SIGSTOP'): unknown;
}

/** How a block is drawn. */
export interface BlockOptions {
  readonly colours: boolean;
  readonly process: BlockProcess;
}

/** What is shown now, for a terminal of that size. */
export type Frame = (size: Size) => readonly Line[];

/**
 * A few lines at the end of a terminal that are drawn again in place, at most 8 times a second. The cursor
 * stands below them and is hidden; it is shown again when the block is closed, when the process exits, and
 * while it is suspended. Only lines that changed are written, a frame in one write.
 */
export class Block {
  private readonly stream: TerminalStream;
  private readonly options: BlockOptions;
  private frame: Frame | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** The lines on the screen, as they were written, and their widths. */
  private shown: readonly string[] = [];
  private widths: readonly number[] = [];
  private size: Size;

  constructor(stream: TerminalStream, options: BlockOptions) {
    this.stream = stream;
    this.options = options;
    this.size = this.currentSize();
  }

  /** True from `open` to `close`. */
  get isOpen(): boolean {
    return this.frame !== undefined;
  }

  /** Draws what `frame` gives, again and again until `close`. */
  open(frame: Frame): void {
    const isNew = this.frame === undefined;
    this.frame = frame;
    if (!isNew) return;
    const { process } = this.options;
    this.stream.on('resize', this.draw);
    process.on('exit', this.showCursor);
    process.on('SIGTSTP', this.suspend);
    process.on('SIGCONT', this.resume);
    this.stream.write(HIDE_CURSOR);
    this.draw();
    this.timer = setInterval(this.draw, FRAME_MS);
    this.timer.unref();
  }

  /** Writes whole lines above the block, or just writes them while it is closed. */
  above(text: string): void {
    if (this.frame === undefined) {
      this.stream.write(text);
      return;
    }
    const erased = this.erase(this.currentSize());
    this.stream.write(`${erased}${text}${this.update()}`);
  }

  /** Removes the block, or leaves its last frame where it is (`keep`). Does nothing when it is closed. */
  close({ keep }: { readonly keep: boolean }): void {
    if (this.frame === undefined) return;
    clearInterval(this.timer);
    if (keep) this.draw();
    this.frame = undefined;
    const { process } = this.options;
    this.stream.off('resize', this.draw);
    process.off('exit', this.showCursor);
    process.off('SIGTSTP', this.suspend);
    process.off('SIGCONT', this.resume);
    const last = keep ? `\r${CLEAR_BELOW}` : this.erase(this.currentSize());
    this.stream.write(`${last}${SHOW_CURSOR}`);
    this.shown = [];
    this.widths = [];
  }

  private readonly draw = (): void => {
    const text = this.update();
    if (text !== '') this.stream.write(text);
  };

  private readonly showCursor = (): void => void this.stream.write(SHOW_CURSOR);

  /** Ctrl-Z: the shell gets its cursor, then the process stops as it would have. */
  private readonly suspend = (): void => {
    this.showCursor();
    const { process } = this.options;
    process.kill(process.pid, 'SIGSTOP');
  };

  /** The shell has written meanwhile: a new block below that. */
  private readonly resume = (): void => {
    this.shown = [];
    this.widths = [];
    this.stream.write(HIDE_CURSOR);
    this.draw();
  };

  private currentSize(): Size {
    return { columns: this.stream.columns || USUAL_COLUMNS, rows: this.stream.rows || USUAL_ROWS };
  }

  /** What brings the screen from the lines that it shows to those of now; empty where they are the same. */
  private update(): string {
    if (this.frame === undefined) return '';
    const size = this.currentSize();
    const isResized = size.columns !== this.size.columns || size.rows !== this.size.rows;
    const erased = isResized ? this.erase(size) : '';
    this.size = size;
    const lines = this.frame(size).map((line) => fitLine(line, size.columns - 1));
    const next = lines.map((line) => paintLine(line, this.options));
    const changes = changesOf(this.shown, next);
    this.shown = next;
    this.widths = lines.map((line) => textWidth(lineText(line)));
    return changes === '' ? erased : `${erased}${NO_WRAP}${changes}${WRAP}`;
  }

  /** What removes the block. A terminal that became narrower has broken its long lines into several rows. */
  private erase({ columns, rows }: Size): string {
    const taken = this.widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    this.shown = [];
    this.widths = [];
    return taken === 0 ? '' : `${up(Math.min(taken, rows - 1))}\r${CLEAR_BELOW}`;
  }
}

const up = (rows: number) => (rows > 0 ? `\u001b[${rows}A` : '');
const down = (rows: number) => (rows > 0 ? `\u001b[${rows}B` : '');

/** From the row below `before` to the row below `next`, with only the lines written that differ. */
function changesOf(before: readonly string[], next: readonly string[]): string {
  if (before.length === next.length && next.every((line, row) => line === before[row])) return '';
  // What a person types is echoed below the block.
  let text = `\r${up(before.length)}`;
  let same = 0;
  for (const [row, line] of next.entries()) {
    if (row < before.length && line === before[row]) {
      same += 1;
      continue;
    }
    text += `${down(same)}${line}${CLEAR_LINE_END}\r\n`;
    same = 0;
  }
  return `${text}${down(same)}${next.length < before.length ? CLEAR_BELOW : ''}`;
}
