import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Precision } from '@verger/core';
import { CHILD_ENVIRONMENT } from '@verger/stages';

const MODULE = fileURLToPath(new URL('bare-child.ts', import.meta.url));

/**
 * What the network alone can do: no reading, no decoding, no files. The rate of `extract` cannot exceed it.
 */
export interface BareEngine {
  /** Images a second of all processes at once: all images over the time of the slowest. */
  rate(imagesEach: number): Promise<number>;
  close(): void;
}

/** The next message of a child; an error when it ends instead. */
function nextMessage(child: ReturnType<typeof fork>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a child ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });
}

/**
 * That many processes with one session each (one thread, batch 1) in the environment of verger's children,
 * warmed up, that infer the same pixels.
 */
export async function openBareEngine(
  processes: number,
  precision: Precision = 'float32',
): Promise<BareEngine> {
  const children = Array.from({ length: processes }, () =>
    fork(MODULE, [precision], { env: { ...process.env, ...CHILD_ENVIRONMENT } }),
  );
  const close = () => {
    for (const child of children) child.kill();
  };
  try {
    await Promise.all(children.map(nextMessage));
  } catch (error) {
    close();
    throw error;
  }
  return {
    rate: async (imagesEach) => {
      const answers = children.map(nextMessage);
      for (const child of children) child.send(imagesEach);
      const slowestMs = Math.max(...(await Promise.all(answers)).map(Number));
      return (processes * imagesEach * 1000) / slowestMs;
    },
    close,
  };
}
