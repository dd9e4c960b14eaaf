import { asVergerError, ERRORS, formatError, shellQuote, VergerError } from '@verger/core';
import { maskFields, maskSecrets } from '@verger/runtime';
import { type KnownNames, runOf, withNames } from '../print/next-text.ts';
import { asCalled, programName } from '../print/program-name.ts';
import type { CommandInput, Output } from './command.ts';

/** What a first Ctrl-C is answered with. Who only watches a run does not stop it. */
export function interruptText(
  invocation: { readonly command: string; readonly flags: CommandInput['flags'] } | undefined,
): string {
  return invocation?.command === 'status' && invocation.flags['watch'] === true
    ? 'the run goes on; this only stopped watching'
    : 'interrupted: stopping; press Ctrl-C again to stop at once';
}

/** A command that threw, and how to report it. */
export interface Ending {
  readonly argv: readonly string[];
  readonly json: boolean;
  /** Also print the stack. */
  readonly debug: boolean;
  /** A signal had already asked it to end. */
  readonly aborted: boolean;
  readonly out: Pick<Output, 'print' | 'note'>;
  /** What the command line named. */
  readonly names?: KnownNames;
}

/**
 * Prints what ended a command, with passwords masked, since arguments and messages may hold URLs with them.
 * Returns the exit code.
 */
export function reportEnding(thrown: unknown, { argv, json, debug, aborted, out, names }: Ending): number {
  const note = (text: string) => out.note(maskSecrets(text));
  const error = aborted ? afterSignal(thrown) : asVergerError(thrown);
  const { code, message, place } = error;
  if (json) {
    const shown = { code, message: maskSecrets(message), place: maskFields(place) };
    out.print(JSON.stringify({ error: shown }));
  }
  note(formatKnown(error, names));
  if (code === 'E_INTERRUPTED') {
    const words = argv.map((word) => shellQuote(maskWord(word)));
    note(`  the command: ${programName()} ${words.join(' ')}`);
  }
  if (debug && thrown instanceof Error) note(String(thrown.stack));
  return error.exit;
}

/** An error with its next step, whose commands can be copied as far as the names in them are known. */
export function formatKnown(error: VergerError, names: KnownNames = {}): string {
  const { code, place } = error;
  const output = code === 'E_RUN_AMBIGUOUS' ? place.location : names.output;
  const next = withNames(ERRORS[code].next, { ...names, run: runOf(error) ?? names.run, output });
  return asCalled(formatError(error, next));
}

/** Whatever a command throws after a signal counts as interrupted; a run may continue without it. */
function afterSignal(thrown: unknown): VergerError {
  if (thrown instanceof VergerError && thrown.code === 'E_DETACHED') return thrown;
  return new VergerError('E_INTERRUPTED');
}

/** In an argument, unlike in text, quotes may be part of a password. */
function maskWord(word: string): string {
  const redis = word.replace(/(rediss?:\/\/)(?=.*[/?#].*@).*(@)/i, '$1***$2');
  return maskSecrets(redis).replace(/(:\/\/[^/@:]*:)[^/]*(@)/, '$1***$2');
}
