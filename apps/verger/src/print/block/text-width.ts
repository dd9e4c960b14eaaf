/** Scripts and signs that take two columns, without the half-width forms of some of them. */
const WIDE =
  /^(?![\uff61-\uffdc])[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Emoji_Presentation}\u3000-\u303e\u30fb-\u30fe\u31c0-\u31e3\u3200-\u33ff\uff01-\uff60\uffe0-\uffe6]/u;
/** Marks that stand on the character before them, and characters that are not seen. */
const NARROW = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]/u;
/** Asks for the emoji form of the character before it, which is wide. */
const EMOJI_FORM = '\ufe0f';

function widthOf(character: string): number {
  if (character < '\u0300') return 1;
  if (NARROW.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/**
 * The columns that a text without control characters takes in a terminal; for joined emoji at most more than
 * they do.
 */
export function textWidth(text: string): number {
  let width = 0;
  let last = 0;
  for (const character of text) {
    if (character === EMOJI_FORM) {
      if (last === 1) width += 1;
      last = 2;
      continue;
    }
    const own = widthOf(character);
    width += own;
    if (own > 0) last = own;
  }
  return width;
}

/** A text cut to so many columns, with an ellipsis where something is missing. */
export function cutText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  if (columns < 1) return '';
  let kept = '';
  let width = 0;
  for (const character of text) {
    const next = textWidth(kept + character);
    if (next > columns - 1) break;
    kept += character;
    width = next;
  }
  return width > columns ? '' : `${kept}…`;
}

/** A text with spaces after it, so that it takes so many columns. */
export function padText(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - textWidth(text)));
}

/** A text broken at spaces into rows of so many columns; the last one is cut where there are more. */
export function textRows(text: string, columns: number, most: number): string[] {
  const rows: string[] = [];
  let rest = text;
  while (rows.length < most - 1 && textWidth(rest) > columns) {
    const first = cutText(rest, columns + 1).slice(0, -1);
    const space = first.lastIndexOf(' ');
    const end = space > first.length / 2 ? space : first.length;
    if (end === 0) break;
    rows.push(first.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...rows, cutText(rest, columns)];
}
