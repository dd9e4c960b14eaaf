import { ERRORS, printable } from '@verger/core';
import { type Html, html, proseHtml } from '@verger/report';

const entryOf = (code: string) =>
  Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS] : undefined;

/** What to do about a code, as the error table says; undefined for a code that is not in it. */
export function nextOf(code: string): string | undefined {
  return entryOf(code)?.next;
}

/** What heals an image that attempts find unreadable, while more of them follow. */
const WHILE_TRIED: Readonly<Record<string, string>> = {
  E_IMG_READ: 'Check the disk or the store',
  E_IMG_FORBIDDEN: 'Grant read permission on it now',
  E_IMG_ARCHIVED: 'Restore it (such as `aws s3api restore-object`)',
  E_IMG_ENCRYPTED: 'Enable its KMS key and grant kms:Decrypt',
  E_IMG_REFUSED: 'Look up storeCode in the documentation of the store, and mend what it names',
  E_IMG_MISSING: 'Restore it',
};

/**
 * What to do about a code while its partition is still tried; undefined for a code that is not in the table.
 */
export function nextWhileTried(code: string): string | undefined {
  const now = Object.hasOwn(WHILE_TRIED, code) ? WHILE_TRIED[code] : undefined;
  if (now === undefined) return nextOf(code);
  return `${now}: the next attempt reads it. What the last attempt cannot read goes into quarantine.`;
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
