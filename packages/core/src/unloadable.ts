import { asVergerError, VergerError } from './errors.ts';

/** A native library that cannot be loaded is a matter of the machine (E_PLATFORM); everything else as `asVergerError`. */
export function nameError(thrown: unknown): VergerError {
  if (!(thrown instanceof Error)) return asVergerError(thrown);
  const unloadable =
    ('code' in thrown && thrown.code === 'ERR_DLOPEN_FAILED') ||
    // sharp tries several places, and throws an error of its own without a code.
    /^Could not load the "sharp" module/.test(thrown.message);
  return unloadable
    ? new VergerError('E_PLATFORM', {}, { detail: thrown.message, cause: thrown })
    : asVergerError(thrown);
}
