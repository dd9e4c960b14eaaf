import type { IncomingMessage, ServerResponse } from 'node:http';
import { securityHeaders } from './headers.ts';
import type { StreamAnswer } from './page.ts';
import { refusal, send } from './send.ts';

/** Streams at once: fewer than half of the connections, so that pages are always answered. */
export const MOST_STREAMS = 120;
/**
 * A reader with more bytes unread than two of its largest messages and these is dropped; it may come again
 * for a snapshot. Readers share the bytes of a message, so memory does not grow with their number.
 */
const UNREAD_BYTES = 64 * 1024;
/** A comment after so long: proxies and the server itself end connections that are silent. */
export const COMMENT_MS = 15_000;

interface Open {
  readonly response: ServerResponse;
  readonly isAdmitted: () => boolean;
  /** Of a message so far. */
  largest: number;
}

/** Owns the event streams of a server: their comments, their limits, and their end. */
export class EventStreams {
  readonly #open = new Set<Open>();
  #timer: NodeJS.Timeout | undefined;

  /** Streams that are open. */
  get count(): number {
    return this.#open.size;
  }

  /** Sends the head of a stream and hands its reader on. 503 when there are too many. */
  open(
    request: IncomingMessage,
    response: ServerResponse,
    { stream, isAdmitted }: StreamAnswer & { readonly isAdmitted: () => boolean },
  ): void {
    if (response.headersSent || response.destroyed) return;
    if (this.#open.size >= MOST_STREAMS) {
      const text = 'Too many pages follow runs at present. This one is fetched again by itself.';
      send(request, response, refusal(request, { status: 503, base: '', text }));
      return;
    }
    response.writeHead(200, {
      ...securityHeaders('own'),
      'cache-control': 'no-store',
      'content-type': 'text/event-stream; charset=utf-8',
      // nginx holds back what it buffers.
      'x-accel-buffering': 'no',
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    response.flushHeaders();
    const open: Open = { response, isAdmitted, largest: 0 };
    this.#open.add(open);
    response.once('close', () => this.#forget(open));
    this.#timer ??= setInterval(() => this.comment(), COMMENT_MS);
    stream({ send: (text) => this.#send(open, text), end: () => this.#end(open) });
  }

  /** Sends a comment to all, and ends the streams of those whose session is over. */
  comment(): void {
    for (const open of this.#open) this.#send(open, ':\n\n');
  }

  /** Ends the streams of those who are no longer logged in. */
  sweep(): void {
    for (const open of this.#open) if (!open.isAdmitted()) this.#end(open);
  }

  /** Ends all. */
  close(): void {
    for (const open of this.#open) this.#end(open);
  }

  #send(open: Open, text: string | Uint8Array): boolean {
    const { response } = open;
    if (!this.#open.has(open) || response.destroyed) return false;
    open.largest = Math.max(open.largest, text.length);
    if (response.writableLength > 2 * open.largest + UNREAD_BYTES) {
      response.destroy();
      this.#forget(open);
      return false;
    }
    if (!open.isAdmitted()) {
      this.#end(open);
      return false;
    }
    response.write(text);
    return true;
  }

  #end(open: Open): void {
    this.#forget(open);
    open.response.end();
  }

  #forget(open: Open): void {
    this.#open.delete(open);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
