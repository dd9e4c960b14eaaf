import { cutText, textWidth } from './text-width.ts';

/** How a part of a line stands out, where there are colours; its words say the same. */
export type Tone = 'plain' | 'dim' | 'good' | 'busy' | 'warning' | 'bad';

/** A part of a line. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One line of a block: its parts from left to right. */
export type Line = readonly Span[];

/** A part of a line. */
export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

/** The characters of a line. */
export function lineText(line: Line): string {
  return line.map(({ text }) => text).join('');
}

/** A line of at most so many columns, with an ellipsis where something is missing. */
export function fitLine(line: Line, columns: number): Line {
  if (textWidth(lineText(line)) <= columns) return line;
  const fitted: Span[] = [];
  let room = columns;
  for (const { text, tone } of line) {
    const isLast = textWidth(text) > room - 1;
    const cut = isLast ? `${cutText(`${text}  `, room)}` : text;
    fitted.push({ text: cut, tone });
    room -= textWidth(cut);
    if (isLast) break;
  }
  return fitted;
}

const CODES: Readonly<Record<Exclude<Tone, 'plain'>, number>> = {
  dim: 2,
  good: 32,
  busy: 36,
  warning: 33,
  bad: 31,
};

/** A line as it is written, with colours or without. */
export function paintLine(line: Line, { colours }: { readonly colours: boolean }): string {
  if (!colours) return lineText(line);
  return line
    .map(({ text, tone }) => (tone === 'plain' ? text : `\u001b[${CODES[tone]}m${text}\u001b[0m`))
    .join('');
}
