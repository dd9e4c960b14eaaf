import type { IncomingHttpHeaders } from 'node:http';

/**
 * Why a request that changes something is refused; undefined when its browser says that a page of this very
 * address sent it: `Sec-Fetch-Site: same-origin`, and an Origin equal to the Host.
 */
export function foreignOrigin(headers: IncomingHttpHeaders): string | undefined {
  const { host, origin } = headers;
  const site = headers['sec-fetch-site'];
  if (site === undefined) {
    return (
      'The browser did not say which site sent this (Sec-Fetch-Site). ' +
      'Open the dashboard by https:// or at http://127.0.0.1: browsers say it only there.'
    );
  }
  if (site !== 'same-origin') return 'Another site sent this request.';
  const from = origin !== undefined && URL.canParse(origin) ? new URL(origin) : undefined;
  if (from === undefined || !/^https?:$/.test(from.protocol)) return 'The request has no Origin.';
  if (!sameHost(from, host)) {
    return `The Origin is ${from.host}, but the Host is ${host ?? 'not given'}. A proxy must pass Host on.`;
  }
  return undefined;
}

/** A host without a port is the same as one with the port of the scheme. */
function sameHost(origin: URL, host: string | undefined): boolean {
  const url = `${origin.protocol}//${host}`;
  return host !== undefined && URL.canParse(url) && new URL(url).host === origin.host;
}

/** True when the page was loaded by TLS: browsers say so themselves, so that no proxy has to be believed. */
export function cameByTls({ origin }: IncomingHttpHeaders): boolean {
  return origin?.startsWith('https://') === true;
}

/** True for hosts that only this machine is known by. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(bare);
}

/**
 * True when the Host header names this machine. Without a login this is what keeps pages of other sites out
 * that let their own name lead to 127.0.0.1 (DNS rebinding).
 */
export function asksLoopback({ host }: IncomingHttpHeaders): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  return isLoopback(new URL(`http://${host}`).hostname);
}
