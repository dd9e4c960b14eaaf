import { type ProxyOptions, proxyOptionsSchema, VergerError } from '@verger/core';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxies that the environment names: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or the same in small letters,
 * which win. A host without a scheme is `http://`. Undefined for none. Errors: E_CONFIG with the variable,
 * never with its value, which may hold a password.
 */
export function proxiesOf(env: Environment): ProxyOptions | undefined {
  const [http, https] = [proxyOf(env, 'HTTP_PROXY'), proxyOf(env, 'HTTPS_PROXY')];
  if (http === null && https === null) return undefined;
  const except = env['no_proxy'] || env['NO_PROXY'] || '';
  return { http, https, except };
}

function proxyOf(env: Environment, name: 'HTTP_PROXY' | 'HTTPS_PROXY'): string | null {
  const used = [name.toLowerCase(), name].find((one) => (env[one] ?? '').trim() !== '');
  if (used === undefined) return null;
  const text = (env[used] ?? '').trim();
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  // A password that was not percent-encoded makes another host of the URL.
  const good = proxyOptionsSchema.shape.http.safeParse(url).success && (url.match(/@/g) ?? []).length < 2;
  if (good) return url;
  const form = 'http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with user and password percent-encoded';
  const detail = `\n  ${used} (environment): this must be ${form}`;
  throw new VergerError('E_CONFIG', {}, { detail });
}
