import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { clientAddress } from './client-address.ts';
import { FailedTries } from './failed-tries.ts';
import { isLoopback } from './origin.ts';
import { basicPassword, passwordCheck } from './password.ts';
import { Sessions } from './sessions.ts';

const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };

function from(remoteAddress: string, forwarded?: string) {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
  return { socket, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } };
}

test('the last address of X-Forwarded-For counts, from a proxy of this machine or a private network', () => {
  assert.equal(clientAddress(from('127.0.0.1', '192.0.2.1, 203.0.113.9')), '203.0.113.9');
  assert.equal(clientAddress(from('::ffff:172.18.0.1', '203.0.113.9')), '203.0.113.9');
  assert.equal(clientAddress(from('fd00::1', '203.0.113.9')), '203.0.113.9');
  assert.equal(clientAddress(from('198.51.100.1', '203.0.113.9')), '198.51.100.1');
  assert.equal(clientAddress(from('127.0.0.1', 'no address')), '127.0.0.1');
  assert.equal(clientAddress(from('127.0.0.1')), '127.0.0.1');
});

test('an IPv6 client counts by its network', () => {
  const network = clientAddress(from('2001:db8:1:2:3:4:5:6'));
  assert.equal(clientAddress(from('2001:db8:1:2::9')), network);
  assert.notEqual(clientAddress(from('2001:db8:1:3::9')), network);
  assert.equal(clientAddress(from('2001:db8::9')), '2001:db8:0:0::/64');
});

test('failed tries take bounded memory, and forgetting an address leaves the limit over all', () => {
  const tries = new FailedTries(clock);
  for (let index = 0; index < 99; index += 1) tries.failed(`a${index}`);
  assert.equal(tries.waitSeconds('other'), 0);
  tries.failed('last');
  assert.equal(tries.waitSeconds('other'), 900);
  for (let index = 0; index < 5_000; index += 1) tries.failed(`b${index}`);
  assert.equal(tries.waitSeconds('a0'), 900);
});

test('at most 1,000 sessions are kept: the oldest ends', () => {
  const sessions = new Sessions(clock);
  const first = sessions.open();
  const second = sessions.open();
  for (let index = 0; index < 999; index += 1) sessions.open();
  assert.deepEqual([sessions.has(first), sessions.has(second)], [false, true]);
  assert.ok(!sessions.has('') && !sessions.has(`${second}x`));
});

test('only the whole password is right', () => {
  const isRight = passwordCheck('pässword');
  assert.ok(isRight('pässword'));
  for (const tried of ['', 'pässwor', 'pässword ', 'passwort']) assert.ok(!isRight(tried), tried);
  assert.equal(basicPassword(`Basic ${Buffer.from('u:p:w').toString('base64')}`), 'p:w');
});

test('loopback addresses are known in all their spellings', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1'])
    assert.ok(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example', 'localhost.example', ''])
    assert.ok(!isLoopback(host), host);
});
