import { type ErrorCode, removalStep, shellQuote, type VergerError } from '@verger/core';

/** What the words RUN, OUTPUT and COMMAND of a next step are here, as far as it is known. */
export interface KnownNames {
  /** A run as it was typed, or its location. */
  readonly run?: string | undefined;
  readonly output?: string | undefined;
  readonly command?: string | undefined;
  /** Flags that a command on the same run needs as well. */
  readonly more?: readonly string[];
}

/** Errors whose location is the folder of the run. */
const OF_RUN: readonly ErrorCode[] = [
  'E_DETACHED',
  'E_EPOCH_OVER',
  'E_JOB_LOST',
  'E_JOB_PAYLOAD',
  'E_PCA_COMPONENTS',
  'E_RUN_ACTIVE',
  'E_RUN_CANCELLED',
  'E_RUN_FAILED',
  'E_RUN_NO_MODEL',
];

/** The run that an error is about, or whose file it is about; undefined if its place does not tell. */
export function runOf({ code, place: { location } }: VergerError): string | undefined {
  if (location === undefined) return undefined;
  const parts = location.split('/');
  // A file of a run lies in its folder, or in a folder of it.
  for (const own of [-1, -2]) {
    if (removalStep(parts.slice(own).join('/')) !== undefined) return parts.slice(0, own).join('/');
  }
  return OF_RUN.includes(code) ? location : undefined;
}

/** A next step whose commands name what they are about, so that they can be copied. */
export function withNames(text: string, { run, output, command, more = [] }: KnownNames): string {
  const words = (name: string) => [name, ...more].map(shellQuote).join(' ');
  const named = (shown: string) =>
    shown
      .replace(/\bRUN\b/, (word) => (run === undefined ? word : words(run)))
      .replace(/\bOUTPUT\b/, (word) => (output === undefined ? word : words(output)))
      .replace(/\bCOMMAND\b/, (word) => command ?? word);
  return text.replace(/`(?:npx --no )?verger [^`]*`/g, named);
}
