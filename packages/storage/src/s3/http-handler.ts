import { isIP } from 'node:net';
import { type ProxyOptions, proxyFor } from '@verger/core';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { HttpRequest, HttpResponse } from './fast/request-template.ts';
import { canonicalQuery } from './fast/sigv4.ts';
import type { S3Tuning } from './tuning.ts';
import { setWay } from './way.ts';

/** A proxy that does not let requests through. */
export class ProxyRefusal extends Error {
  override readonly name = 'ProxyRefusal';
  readonly status: number;

  constructor(said: string, { status, cause }: { readonly status: number; readonly cause?: unknown }) {
    super(said, { cause });
    this.status = status;
  }
}

/** The sockets were ended by their owner. */
export class HandlerClosed extends Error {
  override readonly name = 'HandlerClosed';
}

interface Outgoing extends HttpRequest {
  readonly body?: unknown;
}

type Times = Pick<S3Tuning, 'requests' | 'connectMs' | 'stallMs'>;

/** A mebibyte of a body gets so much longer before its answer must begin. */
const MS_PER_BYTE = 1000 / (1024 * 1024);

/**
 * Carries the SDK's requests over sockets that are kept open, through a proxy where one is named for the
 * address (its `HttpHandler`, on undici). Errors: those of sockets and of undici, with their codes;
 * ProxyRefusal; HandlerClosed; the signal's reason.
 */
export class S3HttpHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #times: Times;
  readonly #proxies: ProxyOptions | undefined;
  readonly #dispatchers = new Map<string, Dispatcher>();
  #closed = false;

  constructor(times: Times, proxies?: ProxyOptions) {
    this.#times = times;
    this.#proxies = proxies;
  }

  async handle(
    request: Outgoing,
    { abortSignal }: { abortSignal?: unknown } = {},
  ): Promise<{ response: HttpResponse }> {
    if (this.#closed) throw new HandlerClosed('the connection was closed');
    const origin = originOf(request);
    const { dispatcher, proxy } = this.#dispatcherFor(origin);
    const failed = (error: unknown) => {
      setWay(error, { origin, proxy });
      return error;
    };
    const query = canonicalQuery(request.query ?? {});
    const { expect: _, Expect: __, ...headers } = request.headers; // undici waits for no `100 Continue`
    const body = (request.body === '' ? null : (request.body ?? null)) as Uint8Array | string | null;
    const bytes = body instanceof Uint8Array ? body.byteLength : 0;
    const answer = await dispatcher
      .request({
        origin,
        path: query === '' ? request.path : `${request.path}?${query}`,
        method: request.method as Dispatcher.HttpMethod,
        headers,
        body,
        signal: abortSignal as AbortSignal,
        headersTimeout: this.#times.stallMs + bytes * MS_PER_BYTE,
        bodyTimeout: this.#times.stallMs,
      })
      .catch((error: unknown) => {
        throw failed(proxy === undefined ? error : (refusalOf(error) ?? error));
      });
    if (proxy !== undefined && answer.statusCode === 407) {
      answer.body.on('error', () => undefined).destroy();
      throw failed(
        new ProxyRefusal('The proxy answered 407: it asks for a user and a password', { status: 407 }),
      );
    }
    return {
      response: { statusCode: answer.statusCode, headers: plainHeaders(answer.headers), body: answer.body },
    };
  }

  /** Ends its sockets; requests under way fail, and so do later ones. */
  destroy(): void {
    this.#closed = true;
    for (const dispatcher of this.#dispatchers.values()) dispatcher.destroy().catch(() => undefined);
    this.#dispatchers.clear();
  }

  /** Part of the SDK's interface: nothing can be changed afterwards. */
  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  #dispatcherFor(origin: string): { dispatcher: Dispatcher; proxy: string | undefined } {
    const proxy = proxyFor(new URL(origin), this.#proxies);
    const key = proxy?.address ?? '';
    let dispatcher = this.#dispatchers.get(key);
    if (dispatcher === undefined) {
      const { requests: connections, connectMs: timeout } = this.#times;
      const connect = { timeout };
      dispatcher =
        proxy === undefined
          ? new Agent({ connections, connect })
          : new ProxyAgent({
              ...{ uri: proxy.address, connections, proxyTunnel: false },
              ...(proxy.token === undefined ? {} : { token: proxy.token }),
              ...{ proxyTls: connect, requestTls: connect },
            });
      this.#dispatchers.set(key, dispatcher);
    }
    return { dispatcher, proxy: proxy?.address };
  }
}

function originOf({ protocol, hostname, port }: HttpRequest): string {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return `${protocol}//${isIP(bare) === 6 ? `[${bare}]` : bare}${port === undefined ? '' : `:${port}`}`;
}

/** What undici says of a proxy that answered CONNECT, or a request, with a refusal. */
function refusalOf(error: unknown): ProxyRefusal | undefined {
  const { message } = error as Error;
  const status = /^Proxy (?:response|Authentication Required) \((\d+)\)/.exec(message)?.[1];
  if (status === undefined) return undefined;
  const asks = status === '407' ? ': it asks for a user and a password' : '';
  return new ProxyRefusal(`The proxy answered ${status}${asks}`, { status: Number(status), cause: error });
}

function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join(', ')] as const],
  );
  return Object.fromEntries(entries);
}
