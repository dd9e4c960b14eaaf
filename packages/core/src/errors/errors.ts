import { printable } from '../printable.ts';
import { COMMAND_ERRORS } from './command.ts';
import { IMAGE_ERRORS } from './image.ts';
import { MACHINE_ERRORS } from './machine.ts';
import { QUEUE_ERRORS } from './queue.ts';
import { RUN_ERRORS } from './run.ts';
import { S3_ERRORS } from './s3.ts';
import { SCALING_ERRORS } from './scaling.ts';

/**
 * What an error is about: never a secret. All fields are printed by `formatError`.
 */
export interface ErrorPlace {
  readonly path?: string;
  readonly partition?: number;
  readonly location?: string;
  readonly option?: string;
}

/** Every code, once. `docs/errors.md` is printed from this table by `npm run docs`. */
export const ERRORS = {
  ...IMAGE_ERRORS,
  ...RUN_ERRORS,
  ...COMMAND_ERRORS,
  ...QUEUE_ERRORS,
  ...SCALING_ERRORS,
  ...S3_ERRORS,
  ...MACHINE_ERRORS,
} as const;

/** A code of the error table. */
export type ErrorCode = keyof typeof ERRORS;

/** Codes that quarantine.jsonl may have: kinds `image` and `environmental`. */
export type ImageErrorCode = {
  [C in ErrorCode]: (typeof ERRORS)[C]['kind'] extends 'image' | 'environmental' ? C : never;
}[ErrorCode];

/** Every image code, in table order. */
export const IMAGE_ERROR_CODES = (Object.keys(ERRORS) as ErrorCode[]).filter(
  (code): code is ImageErrorCode => ERRORS[code].kind === 'image' || ERRORS[code].kind === 'environmental',
);

/** True for codes that come from the surroundings of an image, not from its bytes. */
export function isEnvironmental(code: ImageErrorCode): boolean {
  return ERRORS[code].kind === 'environmental';
}

/** An error with a code of the table, its place, and what was seen there (`detail`). */
export class VergerError extends Error {
  readonly code: ErrorCode;
  readonly place: ErrorPlace;
  readonly detail: string | undefined;
  /** The code that the store gave in its answer (`InvalidObjectState`), where it gave one. */
  readonly storeCode: string | undefined;

  constructor(
    code: ErrorCode,
    place: ErrorPlace = {},
    options: { detail?: string | undefined; cause?: unknown; storeCode?: string | undefined } = {},
  ) {
    const detail = options.detail;
    super(
      detail === undefined
        ? ERRORS[code].what
        : `${ERRORS[code].what}${detail.startsWith('\n') ? '' : ' '}${detail}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'VergerError';
    this.code = code;
    this.place = place;
    this.detail = detail;
    this.storeCode = options.storeCode;
  }

  /** True where another attempt cannot help. */
  get permanent(): boolean {
    return ERRORS[this.code].kind === 'permanent';
  }

  get exit(): number {
    return ERRORS[this.code].exit;
  }
}

/** What the system says when this process or the whole machine has reached a limit. */
const LIMIT_CODES: readonly unknown[] = ['EMFILE', 'ENFILE', 'ENOMEM'];
/** The same where the loader of native libraries says it in words. */
const LIMIT_WORDS = /too many open files|cannot allocate memory/i;

const codeIn = (error: Error): unknown => ('code' in error ? error.code : undefined);

/** True where the system says that this process or the whole machine has reached a limit. */
export function isAtLimit(error: unknown): boolean {
  return error instanceof Error && LIMIT_CODES.includes(codeIn(error));
}

/** True for a native library that cannot be loaded: sharp throws an error of its own, without a code. */
function isUnloadable(error: Error): boolean {
  return codeIn(error) === 'ERR_DLOPEN_FAILED' || /^Could not load the "sharp" module/.test(error.message);
}

/**
 * Any thrown value as a VergerError: itself; E_MACHINE_LIMIT for a limit that no step names, such as where a
 * module is loaded; E_PLATFORM for a native library that cannot be loaded; else E_INTERNAL around it.
 */
export function asVergerError(error: unknown): VergerError {
  if (error instanceof VergerError) return error;
  if (!(error instanceof Error))
    return new VergerError('E_INTERNAL', {}, { detail: String(error), cause: error });
  const unloadable = isUnloadable(error);
  const atLimit = isAtLimit(error) || (unloadable && LIMIT_WORDS.test(error.message));
  const code = atLimit ? 'E_MACHINE_LIMIT' : unloadable ? 'E_PLATFORM' : 'E_INTERNAL';
  return new VergerError(code, {}, { detail: error.message, cause: error });
}

/**
 * An error as the lines a person reads: code and what, where, what to do next (as in the table, unless it is
 * given). What came from outside is made printable.
 */
export function formatError(error: VergerError, next: string = ERRORS[error.code].next): string {
  const { path, partition, location, option } = error.place;
  const where = [
    option,
    path === undefined ? undefined : JSON.stringify(path),
    partition === undefined ? undefined : `partition ${partition}`,
    location,
  ].filter((part) => part !== undefined && part !== '');
  const lines = `${error.code}: ${error.message}`.split('\n');
  if (where.length > 0) lines.push(`  where: ${where.join(', ')}`);
  lines.push(`  next:  ${next}`);
  return lines.map(printable).join('\n');
}

/** A file of a run, as an error names it. */
export interface FilePlace extends Omit<ErrorPlace, 'location'> {
  readonly store: { describe(): string };
  readonly file: string;
}

const placeOf = ({ store, file, ...place }: FilePlace): ErrorPlace => ({
  ...place,
  location: `${store.describe()}/${file}`,
});

/** An error about a file of a run. */
export function fileError(code: ErrorCode, file: FilePlace, detail?: string): VergerError {
  return new VergerError(code, placeOf(file), { detail });
}

/**
 * Does some work on a file of a run: an error of that gets the file's place, where it does not name another
 * itself.
 */
export async function withPlace<T>(file: FilePlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof VergerError)) throw error;
    const { code, place, detail } = error;
    throw new VergerError(code, { ...placeOf(file), ...place }, { detail, cause: error });
  }
}
