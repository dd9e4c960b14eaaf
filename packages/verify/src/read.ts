import { ERRORS, type ReadResult, type Storage, VergerError } from '@verger/core';
import { parseRecord, recordBytes } from '@verger/run';
import type { StageContext } from '@verger/stages';
import type { z } from 'zod';
import type { Findings } from './finding.ts';

/**
 * A stored file as a check sees it. `unreadable` says why; no repair touches such a file, for it may be
 * whole.
 */
export type Seen =
  | { readonly status: 'read'; readonly bytes: Uint8Array }
  | { readonly status: 'missing' }
  | { readonly status: 'unreadable'; readonly why: string }
  | { readonly status: 'refused' };

/** Reads a file whole; what cannot be read is a value. Errors: E_STORAGE when the storage itself fails. */
export async function look(store: Storage, file: string): Promise<Seen> {
  const result = await store.read(file);
  switch (result.status) {
    case 'read':
      return { status: 'read', bytes: result.bytes };
    case 'missing':
      return { status: 'missing' };
    case 'forbidden':
      return { status: 'unreadable', why: whyForbidden(result) };
    case 'refused':
    case 'too-large':
      return { status: 'refused' };
  }
}

/** What was said of a file that may not be read, and what to do. */
export function whyForbidden({ reason, error }: Extract<ReadResult, { status: 'forbidden' }>): string {
  return `It may not be read: ${reason} ${error === undefined ? 'Grant read permission.' : ERRORS[error.code].next}`;
}

/**
 * The bytes of a file, or undefined with a finding: `gone` is that of a missing file (undefined: it need not
 * be there). A file that may not be read is a fault that is for a person to repair; a folder or a link under
 * its name is as good as no file.
 */
export async function lookFor(
  { store, findings }: { store: Storage; findings: Findings },
  file: string,
  { gone }: { readonly gone: boolean },
): Promise<Uint8Array | undefined> {
  const seen = await look(store, file);
  if (seen.status === 'read') return seen.bytes;
  if (seen.status === 'unreadable') {
    findings.fault(file, seen.why, 'none');
  } else if (seen.status === 'refused') {
    findings.fault(file, 'It is not a regular file inside the run.');
  } else if (gone) findings.fault(file, 'It is missing.');
  return undefined;
}

/** A record of the run, or undefined with a finding when it is damaged. */
export function recordOf<T extends object>(
  findings: Findings,
  bytes: Uint8Array | undefined,
  { file, schema }: { file: string; schema: z.ZodType<T> },
): T | undefined {
  if (bytes === undefined) return undefined;
  try {
    const parsed = parseRecord(bytes, schema, file);
    checkPrinted(findings, bytes, file);
    return parsed;
  } catch (error) {
    if (!(error instanceof VergerError)) throw error;
    findings.fault(file, error.detail ?? error.message);
    return undefined;
  }
}

/**
 * A record's bytes must be those that verger prints of it: a self-hash does not see white space, nor a field
 * that stands twice.
 */
export function checkPrinted(findings: Findings, bytes: Uint8Array, file: string): void {
  const printed = recordBytes(JSON.parse(Buffer.from(bytes).toString('utf8')) as object);
  if (Buffer.compare(bytes, printed) === 0) return;
  findings.fault(file, 'Its bytes are not what verger writes.');
}

/** True when a file of the run is there, whatever is in it. */
export async function isThere({ run: { store } }: Pick<StageContext, 'run'>, file: string): Promise<boolean> {
  return (await store.read(file, { lastBytes: 1 })).status !== 'missing';
}
