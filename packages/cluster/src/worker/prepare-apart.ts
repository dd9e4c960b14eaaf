import { fork } from 'node:child_process';
import { VergerError } from '@verger/core';
import type { NetworkSource, PreparedNetwork } from '@verger/features/weights';
import { childExecArgv } from '@verger/pool';
import type { PrepareAnswer } from './prepare-child.ts';

/** A process that prepares one network. */
export interface Preparer {
  /** Once. Errors: those of `prepareNetwork`; E_CHILD_START when the process ends without an answer. */
  prepare(source: NetworkSource): Promise<PreparedNetwork>;
  close(): void;
}

/**
 * Starts a process for `prepareNetwork` that lives no longer than that: half a second of work here (two where
 * the cores are busy) would stop the renewal of locks, the health server and whoever waits for storage. Cost:
 * 0.5 s, elsewhere; 0.3 s where it was started a second before.
 */
export function startPreparer(): Preparer {
  // Its output would come between the lines of a log.
  const child = fork(new URL(import.meta.resolve('@verger/cluster/prepare-child')), [], {
    ...{ env: {}, execArgv: childExecArgv(), serialization: 'advanced' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const ended = new Promise<never>((_, reject) => {
    child.on('error', (cause) =>
      reject(new VergerError('E_CHILD_START', {}, { detail: cause.message, cause })),
    );
    child.once('exit', (code, signal) => {
      const detail = `The process that reads weights ended with ${code ?? signal}.`;
      reject(new VergerError('E_CHILD_START', {}, { detail }));
    });
  });
  ended.catch(() => {}); // thrown by `prepare`
  const close = () => void child.kill('SIGKILL');
  const ask = (source: NetworkSource) =>
    new Promise<PrepareAnswer>((resolve) => {
      child.once('message', (message) => resolve(message as PrepareAnswer));
      child.send(source, () => {}); // what it cannot be sent to has ended, and `ended` tells so
    });
  return {
    prepare: async (source) => {
      try {
        const answer = await Promise.race([ask(source), ended]);
        if (answer.ok) return answer.prepared;
        const { code, place, detail } = answer.error;
        throw new VergerError(code, place, detail === undefined ? {} : { detail });
      } finally {
        close();
      }
    },
    close,
  };
}
