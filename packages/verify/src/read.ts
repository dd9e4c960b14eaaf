import { ERRORS, type ReadResult, type Storage, VergerError } from '@verger/core';
import { parseRecord, recordBytes } from '@verger/run';
import type { StageContext } from '@verger/stages';
import type { z } from 'zod';
import type { Findings, Mend } from './finding.ts';

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
 * be there). A file that may not be read is a fault that is for a person to mend; a folder or a link under
 * its name is as good as no file.
 */
export async function lookFor(
  { store, findings }: { store: Storage; findings: Findings },
  file: string,
  expected: { readonly mend: Mend; readonly gone: boolean; readonly partition?: number },
): Promise<Uint8Array | undefined> {
  const partition = expected.partition ?? null;
  const seen = await look(store, file);
  if (seen.status === 'read') return seen.bytes;
  if (seen.status === 'unreadable') {
    findings.fault(file, seen.why, 'none', partition);
  } else if (seen.status === 'refused') {
    findings.fault(file, 'It is not a regular file inside the run.', expected.mend, partition);
  } else if (expected.gone) findings.fault(file, 'It is missing.', expected.mend, partition);
  return undefined;
}

/** A record of the run, or undefined with a finding when it is damaged. */
export function recordOf<T extends object>(
  findings: Findings,
  bytes: Uint8Array | undefined,
  record: { file: string; schema: z.ZodType<T>; mend: Mend; partition?: number },
): T | undefined {
  if (bytes === undefined) return undefined;
  try {
    const parsed = parseRecord(bytes, record.schema, record.file);
    checkPrinted(findings, bytes, record);
    return parsed;
  } catch (error) {
    if (!(error instanceof VergerError)) throw error;
    findings.fault(record.file, error.detail ?? error.message, record.mend, record.partition ?? null);
    return undefined;
  }
}

/**
 * A record's bytes must be those that verger prints of it: a self-hash does not see white space, nor a field
 * that stands twice.
 */
export function checkPrinted(
  findings: Findings,
  bytes: Uint8Array | undefined,
  { file, mend, partition = null }: { file: string; mend: Mend; partition?: number | null },
): void {
  if (bytes === undefined) return;
  const printed = recordBytes(JSON.parse(Buffer.from(bytes).toString('utf8')) as object);
  if (Buffer.compare(bytes, printed) === 0) return;
  findings.fault(file, 'Its bytes are not what verger writes.', mend, partition);
}

/** True when a file of the run is there, whatever is in it. */
export async function isThere({ run: { store } }: Pick<StageContext, 'run'>, file: string): Promise<boolean> {
  return (await store.read(file, { lastBytes: 1 })).status !== 'missing';
}
