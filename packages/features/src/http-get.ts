import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';

const MAX_REDIRECTS = 5;

/** The rest of a resource: `pieces` begin at byte `start`. A connection that is cut ends the pieces early, without an error. */
export interface HttpBody {
  readonly status: 'body';
  readonly start: number;
  /** Bytes of the whole resource, or null when the server does not say. */
  readonly totalBytes: number | null;
  readonly pieces: AsyncIterable<Uint8Array>;
  /** After the pieces: whether the answer came to its end. */
  readonly isComplete: () => boolean;
}

/** The server has no byte at or after the one that was asked for. */
export interface HttpNothing {
  readonly status: 'nothing-left';
  readonly totalBytes: number | null;
}

export interface HttpGetOptions {
  /** First byte wanted. */
  readonly from: number;
  readonly timeouts: { readonly connectMs: number; readonly idleMs: number };
  readonly signal?: AbortSignal;
}

/** An answer, and why it was broken off on our side, if it was. */
interface Answer {
  readonly response: IncomingMessage;
  readonly stalled: () => Error | undefined;
}

/** One request. Rejects when the connection does not open in time, or nothing is heard for `idleMs`. */
function request(url: URL, options: HttpGetOptions): Promise<Answer> {
  const { from, timeouts, signal } = options;
  const secure = url.protocol === 'https:';
  let stall: Error | undefined;
  return new Promise((resolve, reject) => {
    const sent = (secure ? getHttps : getHttp)(url, {
      headers: { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) },
      agent: false,
      ...(signal === undefined ? {} : { signal }),
    });
    const late = () => sent.destroy(new Error(`No connection within ${timeouts.connectMs} ms`));
    const timer = setTimeout(late, timeouts.connectMs);
    sent.once('socket', (socket) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        socket.setTimeout(timeouts.idleMs, () => {
          stall = new Error(`Nothing was received for ${timeouts.idleMs} ms`);
          sent.destroy(stall);
        });
      });
    });
    sent.once('close', () => clearTimeout(timer));
    sent.on('error', reject);
    sent.once('response', (response) => resolve({ response, stalled: () => stall }));
  });
}

/** The body's pieces. A stall on our side or an abort is an error; a cut by the other side is the end. */
async function* pieces(
  { response, stalled }: Answer,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of response) yield piece as Uint8Array;
  } catch (error) {
    signal?.throwIfAborted();
    const stall = stalled();
    if (stall !== undefined) throw stall;
    if (!isCut(error)) throw error;
  }
}

const isCut = (error: unknown) =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE');

// `bytes 5-9/10` gives 5 and 10; `bytes */10`, of an answer 416, gives no start.
function contentRange(response: IncomingMessage): { start: number | null; totalBytes: number | null } {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '');
  const number = (text: string | undefined) => (text === undefined || text === '*' ? null : Number(text));
  return { start: number(match?.[1]), totalBytes: number(match?.[2]) };
}

/**
 * GET, following redirects; only the bytes from `from` where the server can (else all of them, `start` 0). Errors: those of Node's sockets,
 * an answer other than 2xx, a connection later than `connectMs`, `idleMs` without a byte.
 */
export async function httpGet(address: string, options: HttpGetOptions): Promise<HttpBody | HttpNothing> {
  let url = new URL(address);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const answer = await request(url, options);
    const { response } = answer;
    const { statusCode = 0, headers } = response;
    const range = contentRange(response);
    if (statusCode === 200 || statusCode === 206) {
      const length = headers['content-length'] === undefined ? null : Number(headers['content-length']);
      const partial = statusCode === 206 ? range : { start: 0, totalBytes: length };
      if (partial.start === null) throw new Error('The server sent a part without saying which');
      const isComplete = () => response.complete;
      return {
        status: 'body',
        start: partial.start,
        totalBytes: partial.totalBytes,
        pieces: pieces(answer, options.signal),
        isComplete,
      };
    }
    response.destroy();
    if (statusCode === 416) return { status: 'nothing-left', totalBytes: range.totalBytes };
    if (statusCode < 300 || statusCode >= 400 || headers.location === undefined)
      throw new Error(`The server answered ${statusCode}`);
    url = new URL(headers.location, url);
  }
  throw new Error(`More than ${MAX_REDIRECTS} redirects`);
}
