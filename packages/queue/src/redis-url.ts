import { VergerError } from '@verger/core';

/** What a Redis URL says, as the client takes it. Nothing of its query becomes an option unseen. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  /** 4 or 6 asks for that kind of address only; 0 takes both. */
  readonly family?: 0 | 4 | 6;
  readonly tls: boolean;
  /** The URL without password and query: `redis://user@host:6379/2`. */
  readonly location: string;
}

const DEFAULT_PORT = 6379;

const ENCODE =
  'The Redis URL is not valid. Percent-encode user and password in it: ' +
  '@ is %40, : is %3A, / is %2F, ? is %3F, # is %23, % is %25.';
const SCHEME = 'It must be a redis:// or rediss:// URL, such as redis://user:password@host:6379/0.';
const DATABASE = 'The database in the Redis URL must be a whole number, as in redis://host:6379/2.';
const QUERY =
  'The only query parameters of a Redis URL are family (0, 4 or 6) and db (a number); ' +
  'user and password go before the @, and rediss:// means TLS.';

/** Nothing of the URL is shown: where it is malformed, any part may be of the password. */
function refused(detail: string): VergerError {
  return new VergerError('E_CONFIG', { option: '--redis' }, { detail });
}

/**
 * Reads a Redis URL: `redis[s]://[user][:password]@host[:port][/database][?family=6]`. Errors: E_CONFIG,
 * which says what is right and shows nothing of the URL.
 */
export function readRedisUrl(text: string): RedisAddress {
  if (!/^rediss?:\/\//i.test(text)) throw refused(SCHEME);
  if (/\s/.test(text)) throw refused('The Redis URL contains a space or a line break.');
  // The last @ ends the user and the password; one more, or one behind the host, was meant to be part of
  // them.
  if (text.split('@').length > 2) throw refused(ENCODE);
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined) throw refused(malformed(text));
  const { hostname, pathname, search, hash } = parsed;
  if (`${pathname}${search}${hash}`.includes('@')) throw refused(ENCODE);
  if (hostname === '') throw refused('The Redis URL names no host; it looks like redis://host:6379.');
  if (parsed.port === '0') throw refused('A port is a number from 1 to 65535.');
  if (hash !== '' || text.includes('#')) throw refused(ENCODE);
  const user = decoded(parsed.username);
  const password = decoded(parsed.password);
  const { family, db } = readQuery(parsed.searchParams);
  const path = databaseOf(pathname);
  if (path !== undefined && db !== undefined && path !== db)
    throw refused('The Redis URL names two databases.');
  // A user without a password is more often a password in its place.
  const at = parsed.username === '' || password === '' ? '' : `${parsed.username}@`;
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
    ...(user === '' ? {} : { username: user }),
    ...(password === '' ? {} : { password }),
    db: path ?? db ?? 0,
    ...(family === undefined ? {} : { family }),
    tls: parsed.protocol === 'rediss:',
    location: `${parsed.protocol}//${at}${parsed.host}${pathname === '/' ? '' : pathname}`,
  };
}

/** What is wrong with a text that is no URL: a port, or signs in the password that end it. */
function malformed(text: string): string {
  return text.includes('@')
    ? ENCODE
    : 'Host or port of the Redis URL is not valid; a port is a number from 1 to 65535.';
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refused(ENCODE);
  }
}

function databaseOf(pathname: string): number | undefined {
  if (pathname === '' || pathname === '/') return undefined;
  const [, digits] = /^\/(\d{1,9})$/.exec(pathname) ?? [];
  if (digits === undefined) throw refused(DATABASE);
  return Number(digits);
}

function readQuery(query: URLSearchParams): { family?: 0 | 4 | 6; db?: number } {
  const found: { family?: 0 | 4 | 6; db?: number } = {};
  for (const [name, value] of query) {
    if (name === 'family' && (value === '0' || value === '4' || value === '6'))
      found.family = Number(value) as 0 | 4 | 6;
    else if (name === 'db' && /^\d{1,9}$/.test(value)) found.db = Number(value);
    else throw refused(QUERY);
  }
  return found;
}
