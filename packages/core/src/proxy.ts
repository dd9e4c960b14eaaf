import { z } from 'zod';

/**
 * The proxies that a process is to use: for `http://`, for `https://` (null for none), and NO_PROXY as it was
 * written.
 */
export const proxyOptionsSchema = z.strictObject({
  http: z.url({ protocol: /^https?$/ }).nullable(),
  https: z.url({ protocol: /^https?$/ }).nullable(),
  except: z.string(),
});
/** How a process gets out; see `proxyOptionsSchema`. */
export type ProxyOptions = z.infer<typeof proxyOptionsSchema>;

/**
 * A proxy as it is connected to: an address without user and password, and what is in
 * `Proxy-Authorization`.
 */
export interface Proxy {
  readonly address: string;
  readonly token: string | undefined;
}

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * The proxy on the way to a URL; undefined where it is asked directly. Entries of NO_PROXY, separated by
 * commas or blanks: `*`, a host (also for what lies below it, with or without a dot in front), an IPv4
 * address or block (`10.0.0.0/8`), each with `:port` if only that is meant.
 */
export function proxyFor(url: URL, proxies: ProxyOptions | undefined): Proxy | undefined {
  const named = url.protocol === 'https:' ? proxies?.https : proxies?.http;
  if (proxies === undefined || named === undefined || named === null) return undefined;
  if (proxies.except.split(/[,\s]+/).some((entry) => excepts(entry, url))) return undefined;
  const { origin, username, password } = new URL(named);
  if (username === '' && password === '') return { address: origin, token: undefined };
  const bytes = new TextEncoder().encode(`${plain(username)}:${plain(password)}`);
  return { address: origin, token: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

/** Percent signs that encode nothing are kept. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function excepts(entry: string, { protocol, hostname, port }: URL): boolean {
  if (entry === '*') return true;
  const [, name = '', only] = /^(\[[^\]]*\]|[^:]*|[^[]*:[^[]*:[^[]*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (only !== undefined && Number(only) !== (Number(port) || PORTS[protocol])) return false;
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  const wanted = name
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/^\*?\./, '');
  if (wanted === '') return false;
  return host === wanted || host.endsWith(`.${wanted}`) || inBlock(host, wanted);
}

/** An IPv4 address in a block of them. */
function inBlock(host: string, block: string): boolean {
  const [base = '', bits] = block.split('/');
  const [address, first] = [ipv4(host), ipv4(base)];
  if (bits === undefined || !/^\d+$/.test(bits) || address === undefined || first === undefined) return false;
  const size = 2 ** (32 - Math.min(32, Number(bits)));
  return Math.floor(address / size) === Math.floor(first / size);
}

function ipv4(text: string): number | undefined {
  const parts = text.split('.');
  const good = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  return good ? parts.reduce((sum, part) => sum * 256 + Number(part), 0) : undefined;
}
