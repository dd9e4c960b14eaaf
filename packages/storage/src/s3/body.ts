import type { Readable } from 'node:stream';
import type { Window } from '../window.ts';
import { BodyFault } from './faults.ts';

/** How long a body may be silent, and what ends its reading. */
export interface BodyLimits {
  readonly stallMs: number;
  readonly abortSignal: AbortSignal;
}

/** More bytes than were announced. */
export class BodyTooLong extends BodyFault {
  constructor() {
    super('the body is longer than was announced');
  }
}

/** Lets go of a body that is not wanted; its socket is closed. */
export function dropBody(body: unknown): void {
  const stream = body as Readable | undefined;
  stream?.on?.('error', () => undefined);
  stream?.destroy?.();
}

/**
 * The bytes of a window of an answer's body, by default all; exactly `length` must come, and what lies behind
 * the window is not waited for. Memory: the window. Errors: BodyFault when it stalls, is cut or is longer;
 * the signal's reason.
 */
export async function readBody(
  body: unknown,
  length: number,
  { window = { start: 0, end: length }, ...limits }: BodyLimits & { window?: Window },
): Promise<Uint8Array> {
  const { start, end } = window;
  const bytes = new Uint8Array(end - start);
  let done = 0;
  const take = (chunk: Uint8Array) => {
    if (done + chunk.length > length) throw new BodyTooLong();
    if (done < end && done + chunk.length > start) {
      const piece = chunk.subarray(Math.max(0, start - done), end - done);
      bytes.set(piece, Math.max(0, done - start));
    }
    done += chunk.length;
    return done < end || end === length;
  };
  const ended = await consume(body, limits, take);
  if (done < end || (ended && done < length)) {
    throw new BodyFault(`the body ended after ${done} of ${length} bytes`);
  }
  return bytes;
}

/**
 * All bytes of a body whose length nobody said; undefined when there are more than `most`, and the rest is
 * not waited for. Errors: those of `readBody`.
 */
export async function collectBody(
  body: unknown,
  most: number,
  limits: BodyLimits,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let done = 0;
  const ended = await consume(body, limits, (chunk) => {
    chunks.push(chunk);
    done += chunk.length;
    return done <= most;
  });
  return ended ? new Uint8Array(Buffer.concat(chunks)) : undefined;
}

/**
 * Hands on each chunk until `take` wants no more: then false, and the socket is closed. True at the end of
 * the body.
 */
async function consume(
  body: unknown,
  { stallMs, abortSignal }: BodyLimits,
  take: (chunk: Uint8Array) => boolean,
): Promise<boolean> {
  const stream = body as Readable;
  let done = 0;
  let enough = false;
  const stalled = () => stream.destroy(new BodyFault(`no byte of the body came for ${stallMs} ms`));
  const timer = setTimeout(stalled, stallMs);
  const abort = () => stream.destroy(abortSignal.reason as Error);
  abortSignal.addEventListener('abort', abort);
  try {
    // Listeners, not `for await`: for a small body the iterator costs more than all the rest.
    await new Promise<void>((resolve, reject) => {
      const more = (chunk: Uint8Array) => {
        if (enough) return;
        timer.refresh();
        done += chunk.length;
        try {
          enough = !take(chunk);
        } catch (error) {
          stream.destroy(error as Error);
        }
        if (!enough) return;
        resolve();
        dropBody(stream);
      };
      const cut = () => reject(stream.errored ?? new BodyFault(`the body ended after ${done} bytes`));
      stream.on('error', reject).on('end', resolve).on('close', cut).on('data', more);
      if (abortSignal.aborted) abort();
      else if (stream.destroyed) cut();
    });
  } finally {
    clearTimeout(timer);
    abortSignal.removeEventListener('abort', abort);
  }
  return !enough;
}
