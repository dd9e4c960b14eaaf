import { ERRORS, type ErrorCode, VergerError } from '@verger/core';
import type { PoolReason } from './limits.ts';

const WHAT: Record<PoolReason, string> = {
  crash: 'It crashed',
  cpu: 'It exceeded its CPU time limit',
  memory: 'It exceeded its memory limit',
  wall: 'It did not answer in time',
};

/**
 * The line of a dead process' output that says most: the first that speaks of an error, else the last. At
 * most 300 characters.
 */
export function gist(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const line =
    lines.find((text) => /error|fatal|assert/i.test(text)) ?? lines.findLast((text) => text !== '');
  return (line ?? '').slice(0, 300);
}

/**
 * A request that its child did not outlive (code E_CHILD_DIED). `reason` says why; `stderr` is the end of
 * what the child wrote, at most 4 KiB. Given to the one request that was being worked on, never to those that
 * waited behind it.
 */
export class PoolError extends VergerError {
  readonly reason: PoolReason;
  readonly stderr: string;

  constructor(reason: PoolReason, seen = '', stderr = '') {
    const said = gist(stderr);
    const output = said === '' ? '' : ` Its output: ${said}`;
    const detail = `${WHAT[reason]}${seen === '' ? '' : ` (${seen})`}.${output}`;
    super('E_CHILD_DIED', {}, { detail });
    this.name = 'PoolError';
    this.reason = reason;
    this.stderr = stderr;
  }
}

/**
 * An error on its way between two processes: plain data. `code` is a code of core's table, or of Node
 * (`ENOENT`).
 */
export type WireError = ReturnType<typeof toWire>;

/** Any thrown value as plain data. */
export function toWire(thrown: unknown) {
  const isError = thrown instanceof Error;
  const error = isError ? thrown : Object.assign(new Error(String(thrown)), { stack: undefined });
  const { name, message, stack } = error;
  const verger = error instanceof VergerError ? error : undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { name, message, code, place: verger?.place, detail: verger?.detail, stack };
}

const isErrorCode = (code: string | undefined): code is ErrorCode =>
  code !== undefined && Object.hasOwn(ERRORS, code);

/**
 * The error as it was thrown in the child: a VergerError of the same code, place and detail, or an Error of
 * the same name and code. The stack is the child's.
 */
export function fromWire(wire: WireError): Error {
  const error = isErrorCode(wire.code)
    ? new VergerError(wire.code, wire.place ?? {}, wire.detail === undefined ? {} : { detail: wire.detail })
    : Object.assign(
        new Error(wire.message),
        { name: wire.name },
        wire.code === undefined ? {} : { code: wire.code },
      );
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}
