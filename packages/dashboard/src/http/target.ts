/** What a request asks for, or the status that refuses it. */
export type Target =
  | { readonly ok: true; readonly path: string; readonly query: URLSearchParams }
  | { readonly ok: false; readonly status: 400 | 404 };

/** Longest path and query that are read, characters. */
const MAX_TARGET = 4096;
const BAD = { ok: false, status: 400 } as const;

/**
 * Reads the target of a request: percent-decoded, below the base path. Refused with 400: what cannot be
 * decoded, control characters, `.` and `..` as parts, backslashes, and a slash or an escape that was encoded.
 * 404: outside the base path.
 */
export function readTarget(target: string, base: string): Target {
  if (!target.startsWith('/') || target.length > MAX_TARGET) return BAD;
  const mark = target.indexOf('?');
  const raw = mark < 0 ? target : target.slice(0, mark);
  if (raw !== base && !raw.startsWith(`${base}/`)) return { ok: false, status: 404 };
  const parts: string[] = [];
  for (const part of raw.slice(base.length).split('/').slice(1)) {
    const decoded = decodePart(part);
    if (decoded === undefined) return BAD;
    parts.push(decoded);
  }
  return { ok: true, path: `/${parts.join('/')}`, query: new URLSearchParams(target.slice(raw.length + 1)) };
}

function decodePart(part: string): string | undefined {
  try {
    const decoded = decodeURIComponent(part);
    const isBad = decoded === '.' || decoded === '..' || /[/\\\p{Cc}]/u.test(decoded);
    return isBad ? undefined : decoded;
  } catch {
    return undefined;
  }
}
