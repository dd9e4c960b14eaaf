import type { Readable } from 'node:stream';
import { BodyFault } from './faults.ts';

/** How long a body may be silent, and what ends its reading. */
export interface BodyLimits {
  readonly stallMs: number;
  readonly abortSignal: AbortSignal;
}

/** Lets go of a body that is not wanted; its socket is closed. */
export function dropBody(body: unknown): void {
  const stream = body as Readable | undefined;
  stream?.on?.('error', () => undefined);
  stream?.destroy?.();
}

/**
 * All bytes of an answer's body; exactly `length` must come. Errors: BodyFault when it stalls, is cut or is longer; the signal's reason.
 */
export async function readBody(body: unknown, length: number, limits: BodyLimits): Promise<Uint8Array> {
  const { stallMs, abortSignal } = limits;
  const stream = body as Readable;
  const bytes = new Uint8Array(length);
  let done = 0;
  const stalled = () => stream.destroy(new BodyFault(`no byte of the body came for ${stallMs} ms`));
  const timer = setTimeout(stalled, stallMs);
  const abort = () => stream.destroy(abortSignal.reason as Error);
  abortSignal.addEventListener('abort', abort);
  try {
    // Listeners, not `for await`: for a small body the iterator costs more than all the rest.
    await new Promise<void>((resolve, reject) => {
      const take = (chunk: Uint8Array) => {
        timer.refresh();
        if (done + chunk.length > length) {
          stream.destroy(new BodyFault('the body is longer than was announced'));
          return;
        }
        bytes.set(chunk, done);
        done += chunk.length;
      };
      const cut = () =>
        reject(stream.errored ?? new BodyFault(`the body ended after ${done} of ${length} bytes`));
      stream.on('error', reject).on('end', resolve).on('close', cut).on('data', take);
      if (abortSignal.aborted) abort();
      else if (stream.destroyed) cut();
    });
  } finally {
    clearTimeout(timer);
    abortSignal.removeEventListener('abort', abort);
  }
  if (done < length) throw new BodyFault(`the body ended after ${done} of ${length} bytes`);
  return bytes;
}
