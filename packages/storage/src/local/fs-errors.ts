import { type ErrorCode, type ErrorPlace, VergerError } from '@verger/core';

/**
 * The system's code of an error (`ENOENT`), or undefined when it is not the system's: ours and Node's own
 * have a `_`.
 */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

const FULL = ['ENOSPC', 'EDQUOT'];
const NOT_WRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ELOOP', 'EINVAL', 'EFBIG'];

/** What a system error is to a write. A name that is too long and that no key gave is the user's own. */
function codeOfWrite(code: string, { path }: ErrorPlace): ErrorCode {
  if (FULL.includes(code)) return 'E_OUTPUT_FULL';
  if (code === 'ENAMETOOLONG') return path === undefined ? 'E_OUTPUT_NOT_WRITABLE' : 'E_STORAGE_KEY';
  return NOT_WRITABLE.includes(code) ? 'E_OUTPUT_NOT_WRITABLE' : 'E_STORAGE';
}

/** What no other attempt will change when an output's place is looked at. */
const NO_PLACE = ['EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'EINVAL'];

/**
 * Does one step of writing; a system error comes out as E_OUTPUT_FULL, E_OUTPUT_NOT_WRITABLE, E_STORAGE_KEY
 * or E_STORAGE.
 */
export async function onDisk<T>(place: ErrorPlace, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw storageError(codeOfWrite(code, place), place, error);
  }
}

/**
 * The error of a place for an output that cannot be looked at: E_OUTPUT_NOT_WRITABLE where that stays so,
 * else E_STORAGE.
 */
export function placeError(location: string, error: unknown): VergerError {
  const stays = NO_PLACE.includes(systemCode(error) ?? '');
  return storageError(stays ? 'E_OUTPUT_NOT_WRITABLE' : 'E_STORAGE', { location }, error);
}

/** A VergerError around a system error, whose own message is the detail. */
export function storageError(code: ErrorCode, place: ErrorPlace, cause: unknown): VergerError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new VergerError(code, place, { detail, cause });
}
