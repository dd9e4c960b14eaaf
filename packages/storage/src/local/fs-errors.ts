import { type ErrorCode, type ErrorPlace, VergerError } from '@verger/core';

/** The system's code of an error (`ENOENT`), or undefined when it is not the system's: ours and Node's own have a `_`. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

const WRITE_CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'E_OUTPUT_FULL',
  EDQUOT: 'E_OUTPUT_FULL',
  EACCES: 'E_OUTPUT_NOT_WRITABLE',
  EPERM: 'E_OUTPUT_NOT_WRITABLE',
  EROFS: 'E_OUTPUT_NOT_WRITABLE',
  ENOTDIR: 'E_OUTPUT_NOT_WRITABLE',
  EISDIR: 'E_OUTPUT_NOT_WRITABLE',
  EEXIST: 'E_OUTPUT_NOT_WRITABLE',
  ELOOP: 'E_OUTPUT_NOT_WRITABLE',
  // A name that this file system has no word for; a file that is larger than it, or the limit of this process, takes.
  EINVAL: 'E_OUTPUT_NOT_WRITABLE',
  EFBIG: 'E_OUTPUT_NOT_WRITABLE',
  ENAMETOOLONG: 'E_STORAGE_KEY',
};

/** What no other attempt will change when an output's place is looked at. */
const NO_PLACE = ['EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'EINVAL'];

/** Does one step of writing; a system error comes out as E_OUTPUT_FULL, E_OUTPUT_NOT_WRITABLE, E_STORAGE_KEY or E_STORAGE. */
export async function onDisk<T>(place: ErrorPlace, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    // A name that no key gave is the user's own.
    const named = code === 'ENAMETOOLONG' && place.path === undefined;
    throw storageError(named ? 'E_OUTPUT_NOT_WRITABLE' : (WRITE_CODES[code] ?? 'E_STORAGE'), place, error);
  }
}

/** The error of a place for an output that cannot be looked at: E_OUTPUT_NOT_WRITABLE where that stays so, else E_STORAGE. */
export function placeError(location: string, error: unknown): VergerError {
  const stays = NO_PLACE.includes(systemCode(error) ?? '');
  return storageError(stays ? 'E_OUTPUT_NOT_WRITABLE' : 'E_STORAGE', { location }, error);
}

/** A VergerError around a system error, whose own message is the detail. */
export function storageError(code: ErrorCode, place: ErrorPlace, cause: unknown): VergerError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new VergerError(code, place, { detail, cause });
}
