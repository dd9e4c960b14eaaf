import { fork } from 'node:child_process';
import { VergerError } from '@verger/core';
import type { NetworkSource, PreparedNetwork } from '@verger/features/weights';
import { childExecArgv } from '@verger/pool';
import type { PrepareAnswer } from './prepare-child.ts';

/** Half a second is usual, two where the cores are busy. */
const TIME_LIMIT_MS = 30_000;
/** Of its JavaScript heap, which needs a tenth of that. */
const HEAP_MIB = 512;

/** A process that prepares one network. */
export interface Preparer {
  /**
   * Once. Errors: those of `prepareNetwork`; E_WEIGHTS_CORRUPT when a file takes longer than the limit or more
   * memory; E_CHILD_START when the process ends otherwise without an answer.
   */
  prepare(source: NetworkSource): Promise<PreparedNetwork>;
  close(): void;
}

/**
 * Starts a process for `prepareNetwork` that lives no longer than that: half a second of work here (two where
 * the cores are busy) would stop the renewal of locks, the health server and whoever waits for storage. Cost:
 * 0.5 s, elsewhere; 0.3 s where it was started a second before.
 */
export function startPreparer({ timeLimitMs = TIME_LIMIT_MS } = {}): Preparer {
  // Its output would come between the lines of a log.
  const child = fork(new URL(import.meta.resolve('@verger/cluster/prepare-child')), [], {
    env: {},
    execArgv: [...childExecArgv(), `--max-old-space-size=${HEAP_MIB}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const ended = new Promise<never>((_, reject) => {
    child.on('error', (cause) =>
      reject(new VergerError('E_CHILD_START', {}, { detail: cause.message, cause })),
    );
    child.once('exit', (code, signal) => reject(endFault(code, signal)));
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
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        const words = `Reading it took longer than ${timeLimitMs / 1000} s.`;
        timer = setTimeout(() => reject(corrupt(words)), timeLimitMs);
      });
      try {
        const answer = await Promise.race([ask(source), ended, late]);
        if (answer.ok) return answer.prepared;
        const { code, place, detail } = answer.error;
        throw new VergerError(code, place, detail === undefined ? {} : { detail });
      } finally {
        clearTimeout(timer);
        close();
      }
    },
    close,
  };
}

const corrupt = (detail: string) => new VergerError('E_WEIGHTS_CORRUPT', {}, { detail });

/** V8 ends a process by SIGABRT when its heap is full; what else ends it is not the weights. */
function endFault(code: number | null, signal: NodeJS.Signals | null): VergerError {
  if (signal === 'SIGABRT') return corrupt(`Reading it needed more than ${HEAP_MIB} MiB.`);
  const detail = `The process that reads weights ended with ${code ?? signal}.`;
  return new VergerError('E_CHILD_START', {}, { detail });
}
