import { ERRORS, printable } from '@verger/core';
import { type Html, html, proseHtml } from '@verger/report';

const entryOf = (code: string) =>
  Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS] : undefined;

/** What to do about a code, as the error table says; undefined for a code that is not in it. */
export function nextOf(code: string): string | undefined {
  return entryOf(code)?.next;
}

/** What a code means, as the error table says. */
export function reasonOf(code: string): string {
  return entryOf(code)?.what ?? 'A code of another release.';
}

/** An error `E_CODE: sentence` with its next step. */
export function errorHtml(error: string): Html {
  const next = nextOf(error.slice(0, error.indexOf(':')));
  return html`${printable(error)} ${next !== undefined && proseHtml(next)}`;
}
