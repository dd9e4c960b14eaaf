import type { IncomingMessage } from 'node:http';

/** Largest body that is read, bytes. */
export const MAX_BODY = 64 * 1024;

/** The fields of a form, or the status that refuses it: 413 too large, 415 no form, 400 cut short. */
export type FormResult =
  | { readonly ok: true; readonly form: URLSearchParams }
  | { readonly ok: false; readonly status: 400 | 413 | 415 };

/** Reads a body of `application/x-www-form-urlencoded`, at most 64 KiB. Never throws. */
export async function readForm(request: IncomingMessage): Promise<FormResult> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return { ok: false, status: 415 };
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) return { ok: false, status: 413 };
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Not destroyed when it is too large: the answer goes out over the same socket.
    const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > MAX_BODY) return { ok: false, status: 413 };
      chunks.push(chunk);
    }
  } catch {
    return { ok: false, status: 400 };
  }
  return { ok: true, form: new URLSearchParams(Buffer.concat(chunks).toString('utf8')) };
}
