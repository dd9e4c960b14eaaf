import type { IncomingMessage, ServerResponse } from 'node:http';
import { html } from '@verger/report';
import { pageAnswer } from '../page/layout.ts';
import { securityHeaders } from './headers.ts';
import type { PageAnswer } from './page.ts';

/** Sends an answer with the security headers; the body is left out for HEAD. */
export function send(request: IncomingMessage, response: ServerResponse, answer: PageAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  // A body that was not read would be taken for the next request.
  const unread = !request.complete && request.method !== 'GET' && request.method !== 'HEAD';
  response.writeHead(answer.status, {
    ...securityHeaders('own'),
    'cache-control': 'no-store',
    'content-type': answer.type,
    'content-length': body.byteLength,
    ...answer.headers,
    ...(unread ? { connection: 'close' } : {}),
  });
  if (unread) request.resume();
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** True for a browser that goes to a page; false for scripts and for requests of a page's own scripts. */
export function wantsPage({ headers }: IncomingMessage): boolean {
  const isPage = headers['sec-fetch-mode'] === undefined || headers['sec-fetch-mode'] === 'navigate';
  return isPage && (headers.accept ?? '').includes('text/html');
}

/** What was refused and why: a page for a browser, else a line of text. */
export function refusal(request: IncomingMessage, { status, base, text, headers = {} }: Refusal): PageAnswer {
  if (!wantsPage(request)) return { status, type: 'text/plain; charset=utf-8', body: `${text}\n`, headers };
  const body = html`<h1>${TITLES[status] ?? 'Error'}</h1>
<p>${text}</p>
<p><a href="${base}/">Back to the start</a></p>`;
  return {
    ...pageAnswer({ title: TITLES[status] ?? 'Error', base, body, status, navigation: false }),
    headers,
  };
}

/** A refused request. */
export interface Refusal {
  readonly status: number;
  readonly base: string;
  /** One or two sentences: what is wrong, what to do. */
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Log in first',
  403: 'Refused',
  404: 'Not found',
  405: 'Not allowed',
  413: 'Too large',
  415: 'Not a form',
  429: 'Too many tries',
  500: 'Internal error',
  503: 'Not available',
};
