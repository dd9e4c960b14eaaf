import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '@verger/testkit/call';
import { dashboard } from './dashboard.ts';

test('without a place there is nothing to show', async () => {
  const { error } = await call(dashboard, []);
  assert.equal(error?.code, 'E_USAGE');
  assert.match(error.message, /--place or VERGER_PLACES/);
});

test('a public address without a password is refused, and the next step is in the message', async () => {
  const { error } = await call(dashboard, [], { flags: { place: ['runs'], listen: '0.0.0.0:0' } });
  assert.equal(error?.code, 'E_CONFIG');
  assert.match(error.message, /VERGER_DASHBOARD_PASSWORD_FILE/);
});

test('a signal that came before ends it unstarted', async () => {
  const options = { flags: { place: ['runs'], listen: '127.0.0.1:0' }, signal: AbortSignal.abort() };
  assert.equal((await call(dashboard, [], options)).code, 0);
});
