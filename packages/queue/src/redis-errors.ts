import { VergerError } from '@verger/core';

const text = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** True for an answer that says who we are is not accepted. */
export function isAuthError(error: unknown): boolean {
  return /^(WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password|ERR invalid username)/i.test(text(error));
}

/** Any error of a Redis command or connection as a VergerError with the server's place: what may heal, and what may not. */
export function redisError(error: unknown, location: string): VergerError {
  if (error instanceof VergerError) return error;
  const detail = text(error);
  const make = (code: VergerError['code']) => new VergerError(code, { location }, { detail, cause: error });
  if (isAuthError(error)) return make('E_REDIS_AUTH');
  if (/\bNOPERM\b/.test(detail) || /^ERR (DB index|invalid DB index)/i.test(detail))
    return make('E_REDIS_DENIED');
  if (/^(OOM|MISCONF|READONLY|NOREPLICAS)\b/.test(detail)) return make('E_REDIS_REFUSED');
  return make('E_REDIS_UNREACHABLE');
}

/** The promise, or E_REDIS_UNREACHABLE after so many milliseconds; its errors as VergerErrors. */
export async function bounded<T>(promise: Promise<T>, limit: { ms: number; location: string }): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${limit.ms / 1000} s.`)), limit.ms);
  });
  try {
    return await Promise.race([promise, late]);
  } catch (error) {
    throw redisError(error, limit.location);
  } finally {
    clearTimeout(timer);
  }
}
