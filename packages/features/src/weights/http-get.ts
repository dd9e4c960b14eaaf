import { type ProxyOptions, proxyFor } from '@verger/core';
import { Agent, type Dispatcher, fetch, ProxyAgent } from 'undici';

/** The rest of a resource: `pieces` begin at byte `start`, and throw an HttpFault where they are cut. */
export interface HttpBody {
  readonly start: number;
  /** Bytes of the whole resource, or null when the server does not say. */
  readonly totalBytes: number | null;
  /** Null: the server has no byte at or after the one that was asked for. */
  readonly pieces: AsyncIterable<Uint8Array> | null;
}

/** What went wrong with a request or its answer. `cut`: the connection was, in the middle of a body. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault';
  readonly cut: boolean;

  constructor(message: string, { cause, cut = false }: { cause?: unknown; cut?: boolean } = {}) {
    super(message, { cause });
    this.cut = cut;
  }
}

/** Time limits, and the proxies on the way. */
export interface HttpOptions {
  /**
   * From the request to an open (and, for https, secured) connection; between two pieces of the answer, and
   * before the first.
   */
  readonly timeouts: { readonly connectMs: number; readonly idleMs: number };
  readonly proxies?: ProxyOptions | undefined;
}

/** Carries the requests of one download. */
export interface HttpClient {
  /** GET; only the bytes from `from` where the server can, else all of them (`start` 0). */
  get(url: string, from: number, signal?: AbortSignal): Promise<HttpBody>;
  close(): Promise<void>;
}

/**
 * A client that follows redirects, each through the proxy that is named for where it leads. Errors of a
 * request: HttpFault; the signal's.
 */
export function httpClient({ timeouts, proxies }: HttpOptions): HttpClient {
  const { connectMs, idleMs } = timeouts;
  const connect = { timeout: connectMs };
  const limits = { headersTimeout: idleMs, bodyTimeout: idleMs };
  const direct = new Agent({ ...limits, connect });
  const agents = new Map<string, Dispatcher>();
  const through = (address: string, token: string | undefined) => {
    const uri = { uri: address, proxyTunnel: false, ...(token === undefined ? {} : { token }) };
    const agent =
      agents.get(address) ?? new ProxyAgent({ ...limits, ...uri, proxyTls: connect, requestTls: connect });
    agents.set(address, agent);
    return agent;
  };
  let way = '';
  const dispatcher = direct.compose((dispatch) => (options, handler) => {
    const proxy = proxyFor(new URL(String(options.origin)), proxies);
    way = proxy === undefined ? '' : ` (through the proxy ${proxy.address})`;
    return proxy === undefined
      ? dispatch(options, handler)
      : through(proxy.address, proxy.token).dispatch(options, handler);
  });
  const fault = (error: unknown, place: 'request' | 'body') =>
    new HttpFault(`${reasonOf(error, timeouts)}${way}`, {
      cause: error,
      cut: place === 'body' && isCut(error),
    });
  return {
    get: async (url, from, signal) => {
      const headers = { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
      const answer = await fetch(url, {
        ...{ headers, dispatcher },
        ...(signal === undefined ? {} : { signal }),
      }).catch((error: unknown) => {
        throw fault(error, 'request');
      });
      const { status, body } = answer;
      const { start, totalBytes } = placeOf(status, answer.headers);
      if (start !== null) {
        const pieces = piecesOf(body ?? [], (error) => fault(error, 'body'));
        return { start, totalBytes, pieces };
      }
      await body?.cancel();
      if (status === 416) return { start: from, totalBytes, pieces: null };
      const said = status === 206 ? 'sent a part without saying which' : `answered ${status}`;
      throw new HttpFault(`The server ${said}${way}`);
    },
    close: async () => {
      await Promise.all([direct, ...agents.values()].map(async (agent) => await agent.destroy()));
    },
  };
}

async function* piecesOf(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  fault: (error: unknown) => HttpFault,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw fault(error);
  }
}

/** `bytes 5-9/10` of an answer 206 gives 5 and 10; that of an answer 416 has no start. */
function placeOf(
  status: number,
  headers: { get(name: string): string | null },
): { start: number | null; totalBytes: number | null } {
  const number = (text: string | null | undefined) => (/^\d+$/.test(text ?? '') ? Number(text) : null);
  if (status === 200) return { start: 0, totalBytes: number(headers.get('content-length')) };
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  return { start: status === 206 ? number(range?.[1]) : null, totalBytes: number(range?.[2]) };
}

/** What lies behind `fetch failed` and `terminated`. */
function rootOf(error: unknown): NodeJS.ErrnoException {
  const { cause, errors } = error as AggregateError;
  const inner = cause ?? errors?.[0];
  return inner instanceof Error ? rootOf(inner) : (error as NodeJS.ErrnoException);
}

function isCut(error: unknown): boolean {
  return ['ECONNRESET', 'UND_ERR_SOCKET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(rootOf(error).code ?? '');
}

function reasonOf(error: unknown, { connectMs, idleMs }: HttpOptions['timeouts']): string {
  const { code, message } = rootOf(error);
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return `No connection within ${connectMs} ms`;
  const silent = code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';
  if (silent) return `Nothing was received for ${idleMs} ms`;
  return message === '' ? String(code ?? error) : message;
}
