import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { asVergerError, type Clock, type Logger } from '@verger/core';
import { maskSecrets } from '@verger/runtime';
import { readForm } from './form.ts';
import { type Admission, createGate, type Gate } from './gate.ts';
import { answerLogin, answerLogout, loginPage, redirect, safePath } from './login.ts';
import { foreignOrigin } from './origin.ts';
import type { Answer, PageAnswer, PageRequest, Pages } from './page.ts';
import { refusal, send, wantsPage } from './send.ts';
import { EventStreams } from './streams.ts';
import { readTarget } from './target.ts';

/** What the server is made of. */
export interface ServerOptions {
  /** '' or `/verger`. */
  readonly base: string;
  /** Null: no login; requests must name a loopback host. */
  readonly password: string | null;
  /** Asked in order; the first answer is sent. */
  readonly pages: readonly Pages[];
  /** Where `/` leads, below the base. */
  readonly start: string;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
}

/** Open connections at most: what comes beyond is closed at once. */
const CONNECTIONS = 256;

const TIMES = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 10_000 };

/**
 * The HTTP server, not listening yet. Times: 10 s for headers, 30 s for a request, 60 s of silence. Its event
 * streams end when it is closed.
 */
export function createDashboardServer(options: ServerOptions): Server {
  const parts = { ...options, gate: createGate(options), streams: new EventStreams() };
  const limits = { maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 5_000, ...TIMES };
  const server = createServer(limits, (request, response) => {
    respond(request, response, parts).then(
      (answer) => {
        if ('stream' in answer) {
          parts.streams.open(request, response, {
            ...answer,
            isAdmitted: () => parts.gate.admit(request).ok,
          });
        } else send(request, response, answer);
      },
      (thrown: unknown) => send(request, response, failure(request, thrown, parts)),
    );
  });
  server.maxConnections = CONNECTIONS;
  server.setTimeout(60_000);
  server.on('close', () => parts.streams.close());
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Browsers open connections in advance. An answer would be taken for that of the request they send next;
    // a connection that just ends makes them send it again.
    if ((socket as Socket).bytesRead === 0 || !socket.writable) return void socket.destroy();
    const line = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
    socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\n\r\n`);
  });
  return server;
}

type Parts = ServerOptions & { readonly gate: Gate; readonly streams: EventStreams };

async function respond(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<Answer> {
  const { base, gate } = parts;
  const target = readTarget(request.url ?? '', base);
  if (!target.ok) {
    const outside = base === '' ? '' : ` Its pages are below ${base}/; a proxy must pass the whole path on.`;
    const text = target.status === 400 ? 'This address cannot be read.' : `There is no such page.${outside}`;
    return refusal(request, { status: target.status, base, text });
  }
  const { path, query } = target;
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const open = reads && gate.closed ? await publicFile(target, parts, request) : undefined;
  if (open !== undefined) return open;
  const admission = gate.admit(request);
  const isLogin = path === '/login' && gate.closed;
  if (isLogin && reads) {
    if (admission.ok) return redirect(`${base}/`);
    return loginPage({ base, to: query.get('to') ?? '/' });
  }
  if (!admission.ok && !(isLogin && request.method === 'POST')) {
    return notAdmitted(request, { admission, parts });
  }
  if (reads) return await answerPage(request, response, { path, query, form: new URLSearchParams(), parts });
  if (request.method !== 'POST') return notAllowed(request, base);
  return await answerPost(request, response, { path, query, admission, parts });
}

/** The files that the login page is made of. */
const PUBLIC = ['/assets/style.css', '/assets/refresh.js', '/assets/icon.svg'];

async function publicFile(
  { path, query }: Pick<PageRequest, 'path' | 'query'>,
  { pages, base }: Parts,
  request: IncomingMessage,
): Promise<PageAnswer | undefined> {
  if (!PUBLIC.includes(path)) return undefined;
  const { signal } = new AbortController();
  const asked: PageRequest = { method: 'GET', path, query, form: new URLSearchParams(), base, signal };
  const text = 'There is no such file.';
  const answer = await firstAnswer(pages, asked);
  if (answer === undefined || 'stream' in answer) return refusal(request, { status: 404, base, text });
  return answer;
}

function notAdmitted(
  request: IncomingMessage,
  { admission, parts }: { admission: Extract<Admission, { ok: false }>; parts: Parts },
): PageAnswer {
  const { base } = parts;
  const { status } = admission;
  if (status === 403) {
    const text =
      'Without a password the dashboard answers only at 127.0.0.1 and localhost. ' +
      'Give it a password to use it under another name.';
    return refusal(request, { status, base, text });
  }
  if (status === 429) {
    const { waitSeconds } = admission;
    const headers = { 'retry-after': String(waitSeconds) };
    return refusal(request, { status, base, text: 'Too many wrong passwords: try again later.', headers });
  }
  if (request.method === 'GET' && wantsPage(request)) {
    const to = safePath((request.url ?? '/').slice(base.length));
    return redirect(`${base}/login${to === '/' ? '' : `?to=${encodeURIComponent(to)}`}`);
  }
  // Browsers would ask for a password of their own: only scripts are told of basic authentication.
  const isScript = request.headers['sec-fetch-mode'] === undefined && !wantsPage(request);
  const headers = isScript ? { 'www-authenticate': 'Basic realm="verger", charset="UTF-8"' } : {};
  const type = 'text/plain; charset=utf-8';
  const tried = /^basic /i.test(request.headers.authorization ?? '');
  const body = tried ? 'This password is wrong.\n' : 'Log in first.\n';
  return { status, type, body, headers };
}

async function answerPost(
  request: IncomingMessage,
  response: ServerResponse,
  {
    path,
    query,
    admission,
    parts,
  }: { path: string; query: URLSearchParams; admission: Admission; parts: Parts },
): Promise<Answer> {
  const { base, gate } = parts;
  const foreign = foreignOrigin(request.headers);
  if (foreign !== undefined) return refusal(request, { status: 403, base, text: foreign });
  if (admission.ok && admission.by === 'basic') {
    const text = 'Scripts that log in by basic authentication may only read.';
    return refusal(request, { status: 403, base, text });
  }
  const body = await readForm(request);
  if (!body.ok) {
    const text = body.status === 413 ? 'The request has more than 64 KiB.' : 'The request is not a form.';
    return refusal(request, { status: body.status, base, text });
  }
  const { form } = body;
  if (path === '/login' && gate.closed) return answerLogin(gate, { request, form, base });
  if (path === '/logout') {
    if (!gate.closed) return redirect(`${base}/`);
    const answer = answerLogout(gate, { request, base });
    parts.streams.sweep();
    return answer;
  }
  return await answerPage(request, response, { path, query, form, parts });
}

async function answerPage(
  request: IncomingMessage,
  response: ServerResponse,
  { path, query, form, parts }: { path: string; query: URLSearchParams; form: URLSearchParams; parts: Parts },
): Promise<Answer> {
  const { base, pages, start } = parts;
  const method = request.method === 'POST' ? 'POST' : 'GET';
  if (path === '/' && method === 'GET') return redirect(`${base}${start}`);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const lastEventId = headerOf(request, 'last-event-id');
  const asked = { method, path, query, form, base, lastEventId, signal: gone.signal } as const;
  const answer = await firstAnswer(pages, asked);
  if (answer !== undefined) return answer;
  if (method === 'POST') return notAllowed(request, base);
  return refusal(request, { status: 404, base, text: 'There is no such page.' });
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && /^[\w-]{1,100}$/.test(value) ? value : undefined;
}

async function firstAnswer(pages: readonly Pages[], request: PageRequest): Promise<Answer | undefined> {
  for (const part of pages) {
    const answer = await part.answer(request);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function notAllowed(request: IncomingMessage, base: string): PageAnswer {
  const headers = { allow: 'GET, HEAD' };
  return refusal(request, { status: 405, base, text: 'This page can only be read.', headers });
}

/** What a page could not be made of. 503 but for our own faults: it may be there later. */
function failure(request: IncomingMessage, thrown: unknown, { base, logger }: Parts): PageAnswer {
  const { code, message } = asVergerError(thrown);
  const text = maskSecrets(message);
  logger.warn({ code, path: request.url?.split('?')[0] }, text);
  return refusal(request, { status: code === 'E_INTERNAL' ? 500 : 503, base, text });
}
