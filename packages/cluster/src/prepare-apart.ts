import { fork } from 'node:child_process';
import { VergerError } from '@verger/core';
import type { PreparedNetwork, WeightsSource } from '@verger/features/weights';
import type { PrepareAnswer } from './prepare-child.ts';

/** In the sources where this is one, else as compiled. */
const ENTRY = new URL(`./prepare-child${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/**
 * `prepareNetwork` in a process that lives no longer: half a second of work here (two where the cores are busy) would stop the renewal of locks,
 * the health server and whoever waits for storage. Cost: 0.7 s, elsewhere. Errors: those of `prepareNetwork`; E_CHILD_START when the process ends without an answer.
 */
export async function prepareApart(source: WeightsSource): Promise<PreparedNetwork> {
  const child = fork(ENTRY, [], { env: {}, serialization: 'advanced' });
  try {
    const answer = await new Promise<PrepareAnswer>((resolve, reject) => {
      child.once('message', (message) => resolve(message as PrepareAnswer));
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        const detail = `The process that reads weights ended with ${code ?? signal}.`;
        reject(new VergerError('E_CHILD_START', {}, { detail }));
      });
      child.send(source, (error) => (error === null ? undefined : reject(error)));
    });
    if (answer.ok) return answer.prepared;
    const { code, place, detail } = answer.error;
    throw new VergerError(code, place, detail === undefined ? {} : { detail });
  } finally {
    child.kill('SIGKILL');
  }
}
