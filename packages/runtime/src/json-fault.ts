/** Where a text stops being JSON. Lines and columns count from 1; columns in UTF-16 units. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  /** What is there, quoted, or `the end of the file`. */
  readonly found: string;
}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end' | 'nothing';

/** One token of RFC 8259 after white space: punctuation, string, number, or word. */
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a JSON string may not hold them
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

/**
 * What may come after a token, or undefined when the token may not be there. `open` is the stack of open
 * brackets.
 */
function after(token: string, expected: Expected, open: string[]): Expected | undefined {
  const ended = (): Expected => (open.length === 0 ? 'nothing' : ', or end');
  const wantsValue = expected === 'value' || expected === 'value or ]';
  if (token === '{' || token === '[') {
    if (!wantsValue) return undefined;
    open.push(token);
    return token === '{' ? 'key or }' : 'value or ]';
  }
  if (token === '}' || token === ']') {
    const [opening, empty] = token === '}' ? ['{', 'key or }'] : ['[', 'value or ]'];
    if ((expected !== ', or end' && expected !== empty) || open.at(-1) !== opening) return undefined;
    open.pop();
    return ended();
  }
  if (token === ',') return expected !== ', or end' ? undefined : open.at(-1) === '{' ? 'key' : 'value';
  if (token === ':') return expected === ':' ? 'value' : undefined;
  if (wantsValue) return ended();
  return token.startsWith('"') && expected.startsWith('key') ? ':' : undefined;
}

/**
 * The first place where a text is not JSON, or undefined when it is JSON: `JSON.parse` does not always tell.
 * Cost: linear.
 */
export function jsonFault(text: string): JsonFault | undefined {
  const open: string[] = [];
  let expected: Expected = 'value';
  let offset = 0;
  for (;;) {
    TOKEN.lastIndex = offset;
    const match: RegExpExecArray | null = TOKEN.exec(text);
    const token: string | undefined = match === null ? undefined : (match[1] ?? match[2] ?? match[3]);
    const next: Expected | undefined = token === undefined ? undefined : after(token, expected, open);
    if (next === undefined) break;
    expected = next;
    offset = TOKEN.lastIndex;
  }
  const at = offset + (/^[ \t\n\r]*/.exec(text.slice(offset))?.[0].length ?? 0);
  if (at >= text.length && expected === 'nothing') return undefined;
  const before = text.slice(0, at);
  const found = /^(?:\w+|.)/su.exec(text.slice(at))?.[0];
  return {
    line: before.split('\n').length,
    column: at - before.lastIndexOf('\n'),
    found: found === undefined ? 'the end of the file' : JSON.stringify(found),
  };
}
