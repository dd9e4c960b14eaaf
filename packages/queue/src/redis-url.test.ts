import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatError, VergerError } from '@verger/core';
import fc from 'fast-check';
import { readRedisUrl } from './redis-url.ts';

function refusal(url: string): VergerError {
  try {
    readRedisUrl(url);
  } catch (error) {
    if (error instanceof VergerError) return error;
    throw error;
  }
  assert.fail(`${url} was read`);
}

test('a URL is read as it says, and shown without its password and query', () => {
  const local = { host: 'host', port: 6379, db: 0, tls: false };
  const cases = {
    'redis://host': { ...local, location: 'redis://host' },
    'redis://host/': { ...local, location: 'redis://host' },
    'REDIS://host:6380/2': { ...local, port: 6380, db: 2, location: 'redis://host:6380/2' },
    'RedisS://me:s%40cret@host/3?family=6': {
      ...{ host: 'host', port: 6379, username: 'me', password: 's@cret', db: 3, family: 6, tls: true },
      location: 'rediss://me@host/3',
    },
    'redis://:s%2Fc%3Ar%25t@[::1]:7000?db=4': {
      ...{ host: '::1', port: 7000, password: 's/c:r%t', db: 4, tls: false, location: 'redis://[::1]:7000' },
    },
    'redis://token@host?family=0': {
      ...{ ...local, username: 'token', family: 0, location: 'redis://host' },
    },
  };
  for (const [url, read] of Object.entries(cases)) assert.deepEqual(readRedisUrl(url), read, url);
});

test('what is no such URL is E_CONFIG with what is right, and nothing of it is shown', () => {
  const encode = /Percent-encode user and password/;
  const scheme = /It must be a redis:\/\/ or rediss:\/\/ URL/;
  const database = /The database in the Redis URL must be a whole number/;
  const query = /The only query parameters/;
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', scheme],
    ['sekret:6379', scheme],
    ['http://sekret', scheme],
    ['unix:///run/sekret.sock', scheme],
    ['/run/sekret.sock', scheme],
    ['redis:///run/sekret.sock', /names no host/],
    ['redis://', /Host or port of the Redis URL is not valid|names no host/],
    ['redis://:sekret@', encode],
    ['redis://:50%@sekret', encode],
    ['redis://:%E0%A4@sekret', encode],
    ['redis://us%er:x@sekret', encode],
    ['redis://me:sek@ret@host', encode],
    ['redis://me:sek/ret@host', encode],
    ['redis://me:12/sekret@host', encode],
    ['redis://me:12?sekret@host', encode],
    ['redis://me:12#sekret@host', encode],
    ['redis://me:12/3?sek=ret@host', encode],
    ['redis://me:x@host#sekret', encode],
    ['redis://me:x@host:99999', encode],
    ['redis://sekret:99999', /a port is a number from 1 to 65535/],
    ['redis://sekret:port', /a port is a number from 1 to 65535/],
    ['redis://sekret:0', /A port is a number from 1 to 65535/],
    ['redis://me:sekret @host', /a space or a line break/],
    ['redis://sekret\n', /a space or a line break/],
    ['redis://sekret/abc', database],
    ['redis://sekret/-1', database],
    ['redis://sekret/1/2', database],
    ['redis://sekret/1.5', database],
    ['redis://sekret/12345678901', database],
    ['redis://sekret/1?db=2', /names two databases/],
    ['redis://sekret?db=abc', query],
    ['redis://sekret?family=5', query],
    ['redis://sekret?password=sekret', query],
    ['redis://sekret?tls=true', query],
    ['redis://sekret?maxRetriesPerRequest=1', query],
    ['redis://sekret?sentinels=x', query],
    ['redis://sekret?family=6&sekret=1', query],
  ];
  for (const [url, said] of cases) {
    const error = refusal(url);
    assert.equal(error.code, 'E_CONFIG', url);
    assert.match(error.message, said, url);
    assert.doesNotMatch(formatError(error), /sek|ret@/, url);
  }
});

test('no password that was not encoded is shown, and every one that was is read', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 20 }), (password) => {
      assert.equal(readRedisUrl(`redis://me:${encodeURIComponent(password)}@host`).password, password);
      try {
        const { location } = readRedisUrl(`redis://me:${password}@host:6379/0`);
        assert.match(location, /^redis:\/\/(me@)?host:6379\/0$/);
      } catch (error) {
        assert.ok(error instanceof VergerError && error.code === 'E_CONFIG');
        assert.ok(error.message.length < 300);
      }
    }),
    { numRuns: 500 },
  );
});
