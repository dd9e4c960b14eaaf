import { type IncomingHttpHeaders, request } from 'node:http';

/** One answer of a server. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What is sent; `path` goes out as it is written. */
export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks with exactly these headers: `fetch` adds some, and changes paths. */
export async function ask(origin: string, path: string, question: Question = {}): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  const { method = 'GET', headers = {}, body } = question;
  return await new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Headers of a browser that goes to a page. */
export const PAGE = { accept: 'text/html,*/*', 'sec-fetch-mode': 'navigate' };

/** Headers and body of a form that a page of the same site sends. */
export function formOf(origin: string, fields: Readonly<Record<string, string>>): Question {
  const headers = {
    ...PAGE,
    origin,
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/x-www-form-urlencoded',
  };
  return { method: 'POST', headers, body: new URLSearchParams(fields).toString() };
}

/** The session cookie that an answer sets: `name=value`. */
export function cookieOf({ headers }: Answer): string {
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}
