import type { IncomingMessage } from 'node:http';
import { html } from '@verger/report';
import { pageAnswer } from '../page/layout.ts';
import { COOKIE, type Gate } from './gate.ts';
import { cameByTls } from './origin.ts';
import type { PageAnswer } from './page.ts';
import { SESSION_MS } from './sessions.ts';

/** What the login page says above its form, and where it leads. */
export interface LoginPage {
  readonly base: string;
  /** Path below the base that was asked for. */
  readonly to: string;
  readonly status?: number;
  readonly message?: string;
}

/** The login page. */
export function loginPage({ base, to, status = 200, message }: LoginPage): PageAnswer {
  const body = html`<h1>verger</h1>
<form method="post" action="${base}/login" class="login">
${message !== undefined && html`<p role="alert">${message}</p>`}
<input type="hidden" name="to" value="${safePath(to)}">
<input type="text" name="username" value="verger" autocomplete="username" hidden>
<label>Password
<input type="password" name="password" autocomplete="current-password" required autofocus>
</label>
<button>Log in</button>
</form>`;
  return pageAnswer({ title: 'Log in', base, body, status, navigation: false });
}

/** A path of this dashboard as it was asked for, or '/': never a way to another site. */
export function safePath(to: string): string {
  return /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}$/.test(to) || to === '/' ? to : '/';
}

/** Answers a sent login form: a session and the page that was asked for, or the form once more. */
export function answerLogin(
  gate: Gate,
  { request, form, base }: { request: IncomingMessage; form: URLSearchParams; base: string },
): PageAnswer {
  const to = safePath(form.get('to') ?? '/');
  const outcome = gate.tryPassword(request, form.get('password') ?? '');
  if (outcome.ok) {
    const cookie = cookieOf(outcome.id, { request, base, seconds: SESSION_MS / 1000 });
    return redirect(`${base}${to}`, { 'set-cookie': cookie });
  }
  const { waitSeconds } = outcome;
  if (waitSeconds === 0) return loginPage({ base, to, status: 401, message: 'This password is wrong.' });
  const message = `Too many wrong passwords. Try again in ${Math.ceil(waitSeconds / 60)} minutes.`;
  const page = loginPage({ base, to, status: 429, message });
  return { ...page, headers: { 'retry-after': String(waitSeconds) } };
}

/** Ends the session of a request. */
export function answerLogout(
  gate: Gate,
  { request, base }: { request: IncomingMessage; base: string },
): PageAnswer {
  gate.endSession(request);
  const cookie = cookieOf('', { request, base, seconds: 0 });
  return redirect(`${base}/login`, { 'set-cookie': cookie });
}

/** 303 to a path of this dashboard. */
export function redirect(location: string, headers: Readonly<Record<string, string>> = {}): PageAnswer {
  return { status: 303, type: 'text/plain; charset=utf-8', body: '', headers: { ...headers, location } };
}

function cookieOf(
  id: string,
  { request, base, seconds }: { request: IncomingMessage; base: string; seconds: number },
): string {
  const secure = cameByTls(request.headers) ? '; Secure' : '';
  return `${COOKIE}=${id}; Path=${base || '/'}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
}
