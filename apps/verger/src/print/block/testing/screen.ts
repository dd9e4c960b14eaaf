import type { BlockProcess, TerminalStream } from '../block.ts';

type Listener = () => void;

/** Listeners by event, as a stream and a process have them. */
class Listeners {
  private readonly all: { event: string; listener: Listener }[] = [];

  on(event: string, listener: Listener): void {
    this.all.push({ event, listener });
  }

  off(event: string, listener: Listener): void {
    const at = this.all.findIndex((one) => one.event === event && one.listener === listener);
    if (at >= 0) this.all.splice(at, 1);
  }

  emit(event: string): void {
    for (const one of [...this.all]) if (one.event === event) one.listener();
  }

  get count(): number {
    return this.all.length;
  }
}

/**
 * A terminal that understands what a block writes, and breaks long lines again when it is resized, as most
 * do. Throws for a sequence that it does not know.
 */
export class FakeScreen extends Listeners implements TerminalStream {
  columns: number;
  rows: number;
  /** Every line since the beginning, the cursor's line too. */
  lines: string[] = [''];
  row = 0;
  column = 0;
  isCursorHidden = false;
  wraps = true;
  readonly writes: string[] = [];

  constructor(columns = 80, rows = 24) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  /** What was written last: for what it leaves alone. */
  write(text: string): void {
    this.writes.push(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a terminal is told by
    for (const part of text.match(/\u001b\[[?\d;]*[A-Za-z]|\r|\n|[^\u001b\r\n]+/g) ?? []) this.take(part);
  }

  /** The lines that are not empty, from the first on. */
  shown(): string[] {
    return this.lines.map((line) => line.trimEnd()).filter((line) => line !== '');
  }

  resize(columns: number, rows: number): void {
    this.reflow(columns);
    this.columns = columns;
    this.rows = rows;
    this.emit('resize');
  }

  private take(part: string): void {
    if (part === '\r') this.column = 0;
    else if (part === '\n') this.down();
    else if (part.startsWith('\u001b')) this.obey(part.slice(2));
    else this.put(part);
  }

  /** A terminal begins a new line at its first column, unless it is told otherwise (ONLCR). */
  private down(): void {
    this.row += 1;
    this.column = 0;
    if (this.row === this.lines.length) this.lines.push('');
  }

  private obey(sequence: string): void {
    const count = Number.parseInt(sequence, 10) || 1;
    switch (sequence.at(-1)) {
      case 'A':
        // Nothing above the first row of the screen can be reached.
        this.row = Math.max(this.row - count, 0, this.lines.length - this.rows);
        return;
      case 'B':
        this.row = Math.min(this.row + count, this.lines.length - 1);
        return;
      case 'K':
        this.lines[this.row] = (this.lines[this.row] ?? '').slice(0, this.column);
        return;
      case 'J':
        this.lines[this.row] = (this.lines[this.row] ?? '').slice(0, this.column);
        this.lines.length = this.row + 1;
        return;
      case 'm':
        return;
    }
    if (sequence === '?25l' || sequence === '?25h') this.isCursorHidden = sequence === '?25l';
    else if (sequence === '?7l' || sequence === '?7h') this.wraps = sequence === '?7h';
    else throw new Error(`unknown sequence ${sequence}`);
  }

  private put(text: string): void {
    const line = (this.lines[this.row] ?? '').padEnd(this.column);
    this.lines[this.row] = line.slice(0, this.column) + text + line.slice(this.column + text.length);
    this.column += text.length;
  }

  /** Lines longer than that become several rows; the cursor stays where it is in the text. */
  private reflow(columns: number): void {
    const lines: string[] = [];
    let row = 0;
    for (const [at, line] of this.lines.entries()) {
      if (at === this.row) row = lines.length;
      for (let from = 0; from === 0 || from < line.length; from += columns)
        lines.push(line.slice(from, from + columns));
    }
    this.lines = lines;
    this.row = row;
  }
}

/** A process whose signals are given by hand. */
export class FakeProcess extends Listeners implements BlockProcess {
  readonly pid = 42;
  readonly killed: string[] = [];

  kill(pid: number, signal: string): void {
    this.killed.push(`${pid} ${signal}`);
  }
}
