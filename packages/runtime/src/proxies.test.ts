import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { proxiesOf } from './proxies.ts';
import { resolveS3 } from './resolve-s3.ts';

test('proxies come from the environment, in capital or small letters; small ones win', () => {
  assert.equal(proxiesOf({ NO_PROXY: 'x', HTTPS_PROXY: ' ' }), undefined);
  const env = { HTTPS_PROXY: 'http://a:1', https_proxy: 'https://b:2', http_proxy: 'c:3', NO_PROXY: 'd,e' };
  assert.deepEqual(proxiesOf(env), { http: 'http://c:3', https: 'https://b:2', except: 'd,e' });
  assert.deepEqual(resolveS3({ flags: {}, env, file: undefined }).proxies, proxiesOf(env));
});

test('a proxy that is none is a fault of the configuration, and its password is not shown', () => {
  for (const flawed of ['socks5://u:hunter2@p:1', 'http://u:hun@ter2@p:1', 'http://u:hunter2@', 'http://']) {
    assert.throws(
      () => proxiesOf({ HTTPS_PROXY: flawed }),
      (error: unknown) => {
        assert.ok(error instanceof VergerError);
        assert.equal(error.code, 'E_CONFIG');
        assert.match(error.message, /HTTPS_PROXY/);
        assert.doesNotMatch(error.message, /hun|ter2/);
        return true;
      },
      flawed,
    );
  }
});
