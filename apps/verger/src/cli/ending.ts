import { formatError, nameError, VergerError } from '@verger/core';
import { maskFields, maskSecrets } from '@verger/runtime';
import { asCalled, programName } from '../print/program-name.ts';
import { shellQuote } from '../print/text.ts';
import type { Output } from './command.ts';

/** A process whose command threw. */
export interface Ending {
  readonly argv: readonly string[];
  readonly json: boolean;
  /** Also the stack. */
  readonly debug: boolean;
  /** A signal had asked it to end before. */
  readonly aborted: boolean;
  readonly out: Pick<Output, 'print' | 'note'>;
}

/** Prints what ended a command, with passwords masked: the command line and messages may hold URLs with them. Gives the exit code. */
export function reportEnding(thrown: unknown, { argv, json, debug, aborted, out }: Ending): number {
  const note = (text: string) => out.note(maskSecrets(text));
  const error = aborted ? afterSignal(thrown) : nameError(thrown);
  const { code, message, place } = error;
  if (json) {
    const shown = { code, message: maskSecrets(message), place: maskFields(place) };
    out.print(JSON.stringify({ error: shown }));
  }
  note(asCalled(formatError(error)));
  if (code === 'E_INTERRUPTED') {
    const words = argv.map((word) => shellQuote(maskWord(word)));
    note(`  the command: ${programName()} ${words.join(' ')}`);
  }
  if (debug && thrown instanceof Error) note(String(thrown.stack));
  return error.exit;
}

/** Whatever a command throws once a signal has ended it, it was interrupted; a run may go on without it. */
function afterSignal(thrown: unknown): VergerError {
  if (thrown instanceof VergerError && thrown.code === 'E_DETACHED') return thrown;
  return new VergerError('E_INTERRUPTED');
}

/** In one word of a command line, unlike in a text, quotes may be part of a password. */
function maskWord(word: string): string {
  const redis = word.replace(/(rediss?:\/\/)(?=.*[/?#].*@).*(@)/i, '$1***$2');
  return maskSecrets(redis).replace(/(:\/\/[^/@:]*:)[^/]*(@)/, '$1***$2');
}
