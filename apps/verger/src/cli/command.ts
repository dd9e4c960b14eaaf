import type { Logger } from '@verger/core';
import type { Storages } from '@verger/storage';
import type { Block } from '../print/block/block.ts';

/** What a command is given: the edges of the process, and its words. */
export interface CommandInput {
  readonly args: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly json: boolean;
  readonly out: Output;
  readonly logger: Logger;
  /** Opens folders and buckets. */
  readonly storages: Storages;
  /** Aborted with E_INTERRUPTED by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

/** Where a command prints: results to stdout, progress and notices to stderr. */
export interface Output {
  readonly columns: number;
  /** Of a table: no bound into a pipe, where a program reads it. Default: `columns`. */
  readonly tableColumns?: number;
  /** Where stderr is a terminal: what is redrawn in place there. Notices go above it. */
  readonly block?: Block | undefined;
  print(text: string): void;
  note(text: string): void;
  /** Asks a person yes or no; undefined where nobody is at a terminal. Errors: the signal's reason. */
  readonly confirm?: ((question: string, signal: AbortSignal) => Promise<boolean>) | undefined;
}

/** Prints a result: as JSON where that was requested, else as text. */
export function show(
  { json, out }: Pick<CommandInput, 'json' | 'out'>,
  result: unknown,
  text: () => string,
): void {
  out.print(json ? JSON.stringify(result, null, 1) : text());
}

/**
 * A command gives its exit code (0 done, 5 too many bad images); everything else is thrown as a VergerError.
 */
export type Command = (input: CommandInput) => Promise<number>;
