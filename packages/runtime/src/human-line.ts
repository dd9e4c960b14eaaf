import { printable } from '@verger/core';

/** Fields that pino adds and no person needs, and those that have a place of their own in the line. */
const LEFT_OUT = new Set(['level', 'time', 'message', 'pid', 'hostname']);

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value) return shown(value.message);
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  // JSON leaves U+007F and what follows it as they are.
  return /^[^\s"=]+$/.test(text) && text === printable(text) ? text : printable(JSON.stringify(text));
}

/**
 * One JSON line of pino as one line of text with its line end: `14:03:07 warn  child died  pool=images
 * reason=cpu`. The time is local; `pid` is shown only when the record has one of its own. Control
 * characters never reach the terminal.
 */
export function humanLine(line: string): string {
  const record = JSON.parse(line) as Record<string, unknown>;
  const time = new Date(String(record['time'])).toTimeString().slice(0, 8);
  const level = String(record['level']).padEnd(5);
  const message = String(record['message'] ?? '').replace(CONTROL, ' ');
  const fields = Object.entries(record)
    .filter(([name]) => !LEFT_OUT.has(name))
    .map(([name, value]) => `${name}=${shown(value)}`);
  const [first, ...rest] = fields;
  const words = [`${time} ${level} ${message}`, ...(first === undefined ? [] : [` ${first}`]), ...rest];
  return `${words.join(' ')}\n`;
}
