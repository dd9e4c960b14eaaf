import { tmpdir } from 'node:os';
import { asVergerError, type VergerError } from '@verger/core';
import { createLogger, readS3Options } from '@verger/runtime';
import { createStorages } from '@verger/storage';
import type { Command, Output } from '../../../apps/verger/src/cli/command.ts';

/** What a command printed, and how it ended. */
export interface Called {
  readonly code: number | undefined;
  readonly error: VergerError | undefined;
  readonly printed: string;
  readonly notes: string;
  json<T>(): T;
}

export interface CallOptions {
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly json?: boolean;
  readonly columns?: number;
  readonly signal?: AbortSignal;
  readonly confirm?: Output['confirm'];
}

/** Runs a command in this process, as `main` does. */
export async function call(
  command: Command,
  args: readonly string[],
  options: CallOptions = {},
): Promise<Called> {
  const printed: string[] = [];
  const notes: string[] = [];
  const { flags = {}, json = false, columns = 100, signal = new AbortController().signal } = options;
  const out: Output = {
    columns,
    print: (text) => void printed.push(text),
    note: (text) => void notes.push(text),
    confirm: options.confirm,
  };
  const logger = createLogger({ level: 'silent', json: false });
  const env = {};
  const storages = createStorages(async () => readS3Options({ flags, env, file: undefined }));
  storages.onWait((text) => out.note(`note: ${text}`));
  const input = { args, flags, env, cwd: tmpdir(), json, out, logger, storages, signal };
  let code: number | undefined;
  let error: VergerError | undefined;
  try {
    code = await command(input);
  } catch (thrown) {
    error = asVergerError(thrown);
  }
  await storages.close();
  return {
    code,
    error,
    printed: printed.join('\n'),
    notes: notes.join('\n'),
    json: <T>() => JSON.parse(printed.join('\n')) as T,
  };
}
