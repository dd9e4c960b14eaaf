import { ERRORS, type ReadResult, type Storage, VergerError } from '@verger/core';
import { parseRecord, recordBytes } from '@verger/run';
import type { StageContext } from '@verger/stages';
import type { z } from 'zod';
import type { Findings } from './finding.ts';

/** What was said of a file that may not be read, and what to do. */
function whyForbidden({ reason, error }: Extract<ReadResult, { status: 'forbidden' }>): string {
  return `It may not be read: ${reason} ${error === undefined ? 'Grant read permission.' : ERRORS[error.code].next}`;
}

/** Where a check reads, and where it says what it found. */
export interface Place {
  readonly store: Storage;
  readonly findings: Findings;
}

/**
 * The bytes of a file, by default all, or undefined: with a finding, but for a missing file that need not be
 * there (`gone` is false). A file that may not be read may be whole, so it is for a person to repair; a
 * folder or a link under its name is as good as no file.
 */
export async function lookFor(
  { store, findings }: Place,
  file: string,
  { gone, ...range }: { readonly gone: boolean; readonly lastBytes?: number },
): Promise<Uint8Array | undefined> {
  const result = await store.read(file, range);
  if (result.status === 'read') return result.bytes;
  if (result.status === 'forbidden') findings.fault(file, whyForbidden(result), 'none');
  else if (result.status !== 'missing') findings.fault(file, 'It is not a regular file inside the run.');
  else if (gone) findings.fault(file, 'It is missing.');
  return undefined;
}

/** A record of the run, or undefined: with a finding when it is damaged, and as `lookFor`. */
export async function lookForRecord<T extends object>(
  place: Place,
  { file, schema, gone }: { file: string; schema: z.ZodType<T>; gone: boolean },
): Promise<T | undefined> {
  return recordOf(place.findings, await lookFor(place, file, { gone }), { file, schema });
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
 * that is there twice.
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
