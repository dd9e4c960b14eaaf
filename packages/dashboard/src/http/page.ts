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
  /** What `EventSource` had last, when it comes again. */
  readonly lastEventId?: string | undefined;
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

/** Who reads a stream: takes text until it has gone. */
export interface StreamReader {
  /** Sends text. False once the reader has gone, or was dropped because it reads too slowly. */
  send(text: string | Uint8Array): boolean;
  /** Ends the stream after what was sent. */
  end(): void;
}

/** What is sent as it comes, `text/event-stream`, until either side ends it. */
export interface StreamAnswer {
  /** Called once, when the head is sent. The signal of the request is aborted when the reader has gone. */
  readonly stream: (reader: StreamReader) => void;
}

/** An answer with a body, or one that goes on. */
export type Answer = PageAnswer | StreamAnswer;

/** A part of the dashboard that answers for some paths. */
export interface Pages<Given extends Answer = Answer> {
  /** Undefined: this path is not one of its own. Errors: those of storage; shown as a page. */
  answer(request: PageRequest): Promise<Given | undefined>;
}
