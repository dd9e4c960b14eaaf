/** What is to be copied unchanged: a line break would break it. */
const COMMAND = /(?:\/|\$ |: | {2}|`)verger'? [a-z]|^\s*(python|duckdb):|https?:\/\//;
/** A line that says where something is: a path is to be copied whole, spaces and all. */
const PLACE = /^( *(?:result|report|file) {2,})(\S.*?)( \([^()]*\))?$/;
/** Words that hold a drawing or a table together. */
const DRAWN = /[─█│┌└]/;
/** No line is wrapped to less. */
const NARROWEST = 16;

/**
 * A text whose long lines are broken at spaces, so that a terminal does not break them inside words. What
 * follows is indented like the text of its line: its first word, or what follows a label as in
 * `images      4,962 listed`. Commands, addresses and tables stay as they are. A path that does not fit begins
 * a line of its own, where a terminal shows all of it and a person can copy it.
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
  const lead = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = line.slice(0, indent);
  let gap = '';
  for (const part of partsOf(line, indent)) {
    if (/^ *$/.test(part)) {
      gap = part;
      continue;
    }
    const next = current + gap + part;
    if (part.includes('/') && [...part].length > columns - hang) {
      if (current.trim() !== '') lines.push(current.trimEnd());
      current = lead + part;
    } else if (current.trim() !== '' && current.length > indent && [...next].length > columns) {
      lines.push(current);
      current = ' '.repeat(hang) + part;
    } else current = next;
    gap = '';
  }
  return [...lines, current].join('\n');
}

/** What a line is not broken within, and the spaces between. */
function partsOf(line: string, indent: number): string[] {
  const [, label, path, rest = ''] = PLACE.exec(line) ?? [];
  if (label?.length === indent && path !== undefined) return [path, ...wordsOf(rest)];
  return wordsOf(line.slice(indent));
}

/** A number stays with its percent sign, and with its sign of multiplication. */
const wordsOf = (text: string) => text.split(/((?<![ ×]) +(?![ %×]))/);
