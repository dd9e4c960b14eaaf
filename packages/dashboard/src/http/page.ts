/** What the server hands to the parts that answer for pages, and what they give back. */

/** One request of a user who is logged in, its origin checked. */
export interface PageRequest {
  /** HEAD is answered as GET, without the body. */
  readonly method: 'GET' | 'POST';
  /** Below the base path, percent-decoded; starts with '/'. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Of a POST: its `application/x-www-form-urlencoded` fields. */
  readonly form: URLSearchParams;
  /** What the links of a page start with: '' or `/verger`. */
  readonly base: string;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** What is sent. The server adds the security headers. */
export interface PageAnswer {
  readonly status: number;
  /** Content type. */
  readonly type: string;
  readonly body: string | Uint8Array;
  /** Further headers, in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A part of the dashboard that answers for some paths. */
export interface Pages {
  /** Undefined: this path is not one of its own. Errors: those of storage; shown as a page. */
  answer(request: PageRequest): Promise<PageAnswer | undefined>;
}
