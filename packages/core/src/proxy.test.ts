import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyFor } from './proxy.ts';

const PROXIES = { http: 'http://plain:8080', https: 'http://u%40x:p%3a%25@secure:3128/', except: '' };
const addressFor = (url: string, except = '') => proxyFor(new URL(url), { ...PROXIES, except })?.address;

test('each scheme has its own proxy; user and password go into the header, not into the address', () => {
  assert.equal(addressFor('http://store/b'), 'http://plain:8080');
  const { address, token } = proxyFor(new URL('https://store'), PROXIES) ?? {};
  assert.equal(address, 'http://secure:3128');
  assert.equal(token, `Basic ${Buffer.from('u@x:p:%').toString('base64')}`);
  assert.equal(proxyFor(new URL('https://store'), { ...PROXIES, https: null }), undefined);
  assert.equal(proxyFor(new URL('https://store'), undefined), undefined);
});

test('a user alone, and a password that is not percent-encoded, are sent as they are', () => {
  const tokenOf = (https: string) => proxyFor(new URL('https://s'), { ...PROXIES, https })?.token;
  assert.equal(tokenOf('http://only@p:1'), `Basic ${Buffer.from('only:').toString('base64')}`);
  assert.equal(tokenOf('http://ü:50%@p:1'), `Basic ${Buffer.from('ü:50%').toString('base64')}`);
});

const EXCEPTED: readonly (readonly [string, string, boolean])[] = [
  ['http://127.0.0.1:9000', '127.0.0.1', true],
  ['http://127.0.0.1:9000', 'localhost,127.0.0.1', true],
  ['http://127.0.0.1:9000', '127.0.0.1:9001', false],
  ['http://127.0.0.1:9000', '127.0.0.1:9000', true],
  ['https://s3.internal', 's3.internal:443', true],
  ['https://a.s3.internal', 's3.internal', true],
  ['https://a.s3.internal', '.s3.internal', true],
  ['https://a.s3.internal', '*.S3.internal', true],
  ['https://as3.internal', 's3.internal', false],
  ['https://anything', '*', true],
  ['https://anything', ' , ', false],
  ['http://10.1.2.3', '10.0.0.0/8', true],
  ['http://11.1.2.3', '10.0.0.0/8', false],
  ['http://11.1.2.3', '0.0.0.0/0', true],
  ['http://10.evil.com', '10.0.0.0/8', false],
  ['http://[::1]:9000', '::1', true],
  ['http://[::1]:9000', '[::1]:9000', true],
  ['http://[::1]:9000', '[::1]:80', false],
];
for (const [url, except, direct] of EXCEPTED) {
  test(`NO_PROXY=${except} ${direct ? 'takes out' : 'leaves'} ${url}`, () => {
    assert.equal(addressFor(url, except) === undefined, direct);
  });
}
