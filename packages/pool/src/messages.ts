import type { WireError } from './errors.ts';

/** What a parent says. Requests are answered strictly in the order in which they were sent. */
export type ToChild<Init, Request> =
  | { readonly type: 'init'; readonly init: Init }
  | { readonly type: 'request'; readonly id: number; readonly request: Request };

/** What a child says. `ready` and `init-failed` answer `init`; the others answer the request of that id. */
export type FromChild<Response> =
  | { readonly type: 'ready' }
  | { readonly type: 'init-failed'; readonly error: WireError }
  | { readonly type: 'ok'; readonly id: number; readonly response: Response }
  | { readonly type: 'error'; readonly id: number; readonly error: WireError };
