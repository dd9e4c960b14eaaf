/** What is to be copied unchanged: a line break would break it. */
const COMMAND = /(?:\/|\$ |: | {2}|`)verger'? [a-z]|^\s*(python|duckdb):|https?:\/\//;
/** Words that hold a drawing or a table together. */
const DRAWN = /[─█│┌└]/;
/** No line is wrapped to less. */
const NARROWEST = 16;

/**
 * A text whose long lines are broken at spaces, so that a terminal does not break them inside words. What
 * follows is indented like the text of its line: its first word, or what follows a label as in
 * `images      4,962 listed`. Commands, addresses and tables stay as they are.
 */
export function wrapText(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (fits(line, columns) ? line : wrapLine(line, columns)))
    .join('\n');
}

function fits(line: string, columns: number): boolean {
  return [...line].length <= columns || COMMAND.test(line) || DRAWN.test(line);
}

/** Text does not hang farther to the right than this. */
const WIDEST_LABEL = 26;

function wrapLine(line: string, columns: number): string {
  const labels = [...line.matchAll(/\S {2,}(?=\S)/g)].map((gap) => gap.index + gap[0].length);
  const labelled = labels.filter((end) => end <= WIDEST_LABEL).at(-1);
  const indent = labelled ?? /^ */.exec(line)?.[0].length ?? 0;
  const hang = columns - indent < NARROWEST ? Math.min(4, indent) : indent;
  const lines: string[] = [];
  let current = line.slice(0, indent);
  let gap = '';
  // A number stays with its percent sign, and with its sign of multiplication.
  for (const part of line.slice(indent).split(/((?<![ ×]) +(?![ %×]))/)) {
    if (/^ *$/.test(part)) {
      gap = part;
      continue;
    }
    const next = current + gap + part;
    if (current.trim() !== '' && current.length > indent && [...next].length > columns) {
      lines.push(current);
      current = ' '.repeat(hang) + part;
    } else current = next;
    gap = '';
  }
  return [...lines, current].join('\n');
}
