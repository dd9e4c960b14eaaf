import { type ErrorCode, VergerError, within } from '@verger/core';

const text = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** What a server says in front of an error of a script: the error of the command in it follows. */
const IN_SCRIPT = /^ERR Error (?:running|compiling) script[\s\S]*?-?\b(?=[A-Z]{3,}\b(?! script))/;

/**
 * The words with which servers begin an answer, and the code that says what to do about it. The first that
 * matches counts.
 */
const ANSWERS: readonly (readonly [RegExp, ErrorCode])[] = [
  [
    /^(WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password|ERR invalid username|ERR Client sent AUTH)/i,
    'E_REDIS_AUTH',
  ],
  [/^(MOVED|ASK|CROSSSLOT|CLUSTERDOWN|TRYAGAIN)\b|cluster mode|cluster support/i, 'E_REDIS_CLUSTER'],
  [/^-?NOPERM\b|no permissions/i, 'E_REDIS_DENIED'],
  [/^ERR (DB index|invalid DB index)/i, 'E_CONFIG'],
  [/^(OOM|MISCONF|READONLY|NOREPLICAS)\b/, 'E_REDIS_REFUSED'],
  [/^(LOADING|BUSY|MASTERDOWN|UNKILLABLE)\b|^ERR max number of clients/i, 'E_REDIS_BUSY'],
  [
    /^ERR (unknown|unsupported) (sub)?command|^ERR command .*(disabled|not allowed|not supported)/i,
    'E_REDIS_COMMAND',
  ],
];

/**
 * True for an error that the server has answered with, or an answer that is none of Redis: whoever answers is
 * not away.
 */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && (error.name === 'ReplyError' || isNoRedis(error));
}

/** ioredis' words for bytes that no Redis sends: a web server, say. */
function isNoRedis(error: Error): boolean {
  return /please report this|unknown RESP type|protocol error, got/i.test(error.message);
}

/** The code of an answer by its words. Unknown ones are E_REDIS_ANSWER. */
export function codeOfAnswer(words: string): ErrorCode {
  const own = words.replace(IN_SCRIPT, '');
  return ANSWERS.find(([pattern]) => pattern.test(own))?.[1] ?? 'E_REDIS_ANSWER';
}

/** Of a transaction that was given up, the answer that it was given up for. */
function firstOf(error: unknown): unknown {
  const { previousErrors } = error as { previousErrors?: unknown };
  const [first] = Array.isArray(previousErrors) ? previousErrors : [];
  return /^EXECABORT\b/.test(text(error)) && first instanceof Error ? first : error;
}

/**
 * Any error of a Redis command or connection as a VergerError with the server's place and words: an answer by
 * what it says, all else (no connection, no answer in time) as E_REDIS_UNREACHABLE.
 */
export function redisError(error: unknown, location: string): VergerError {
  if (error instanceof VergerError) return error;
  const answered = isAnswer(error);
  const said = answered ? firstOf(error) : error;
  const words = text(said).replace(/\.? ?Please report this\.?$/, '.');
  const noRedis = error instanceof Error && isNoRedis(error);
  const detail = noRedis ? `The server there is not Redis: ${words}` : words;
  const code = answered ? codeOfAnswer(words) : 'E_REDIS_UNREACHABLE';
  return new VergerError(code, { location }, { detail, cause: error });
}

/** The promise, or E_REDIS_UNREACHABLE after so many milliseconds; its errors as VergerErrors. */
export async function bounded<T>(
  promise: Promise<T>,
  limit: {
    readonly ms: number;
    readonly location: string;
    /** What the server has answered to the newest tries to connect, if it was that. */
    readonly lastAnswer?: () => Error | undefined;
  },
): Promise<T> {
  try {
    return await within(promise, limit.ms, async () => {
      throw new Error(`No answer within ${limit.ms / 1000} s.`);
    });
  } catch (error) {
    const known = redisError(error, limit.location);
    const answer = known.code === 'E_REDIS_UNREACHABLE' ? limit.lastAnswer?.() : undefined;
    throw answer === undefined ? known : redisError(answer, limit.location);
  }
}
