import type { IncomingMessage } from 'node:http';
import type { Clock, Logger } from '@verger/core';
import { clientAddress } from './client-address.ts';
import { FailedTries } from './failed-tries.ts';
import { asksLoopback } from './origin.ts';
import { basicPassword, passwordCheck } from './password.ts';
import { Sessions } from './sessions.ts';

/** Name of the session cookie. */
export const COOKIE = 'verger-session';

/** Who a request comes from: `nobody` where no login is wanted. */
export type Admission =
  | { readonly ok: true; readonly by: 'session' | 'basic' | 'nobody' }
  /** 401: not logged in; 403: not for this host; 429: too many wrong passwords, wait. */
  | { readonly ok: false; readonly status: 401 | 403 }
  | { readonly ok: false; readonly status: 429; readonly waitSeconds: number };

/** What became of a password: a session id, or refused, or to be tried again later. */
export type Try =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly waitSeconds: number };

/** Knows who is logged in. */
export interface Gate {
  /** False where no login is wanted. */
  readonly closed: boolean;
  admit(request: IncomingMessage): Admission;
  /** Opens a session when the password is right; a wrong one is counted and logged. */
  tryPassword(request: IncomingMessage, password: string): Try;
  endSession(request: IncomingMessage): void;
}

/** What a gate needs. Without a password only requests to a loopback host are admitted. */
export interface GateOptions {
  readonly password: string | null;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
}

export function createGate({ password, clock, logger }: GateOptions): Gate {
  if (password === null) return openGate;
  const isRight = passwordCheck(password);
  const sessions = new Sessions(clock);
  const failed = new FailedTries(clock);
  const check = (request: IncomingMessage, tried: string): number | undefined => {
    const address = clientAddress(request);
    const waitSeconds = failed.waitSeconds(address);
    if (waitSeconds > 0) return waitSeconds;
    if (isRight(tried)) return undefined;
    failed.failed(address);
    logger.warn({ address }, 'a login with a wrong password');
    return 0;
  };
  return {
    closed: true,
    admit(request) {
      const id = sessionCookie(request);
      if (id !== undefined && sessions.has(id)) return { ok: true, by: 'session' };
      const tried = basicPassword(request.headers.authorization);
      if (tried === undefined) return { ok: false, status: 401 };
      const wait = check(request, tried);
      if (wait === undefined) return { ok: true, by: 'basic' };
      return wait === 0 ? { ok: false, status: 401 } : { ok: false, status: 429, waitSeconds: wait };
    },
    tryPassword(request, tried) {
      const wait = check(request, tried);
      return wait === undefined ? { ok: true, id: sessions.open() } : { ok: false, waitSeconds: wait };
    },
    endSession(request) {
      const id = sessionCookie(request);
      if (id !== undefined) sessions.end(id);
    },
  };
}

const openGate: Gate = {
  closed: false,
  admit: ({ headers }) => (asksLoopback(headers) ? { ok: true, by: 'nobody' } : { ok: false, status: 403 }),
  tryPassword: () => ({ ok: false, waitSeconds: 0 }),
  endSession: () => {},
};

function sessionCookie({ headers }: IncomingMessage): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === COOKIE && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}
