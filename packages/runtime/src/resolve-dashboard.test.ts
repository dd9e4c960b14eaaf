import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveDashboard } from './resolve-dashboard.ts';

const none = { flags: {}, env: {}, file: undefined };

test('without options the dashboard listens on loopback, without login, actions or base path', () => {
  assert.deepEqual(resolveDashboard(none), {
    places: [],
    listen: '127.0.0.1:3000',
    basePath: '',
    dashboardPassword: null,
    allowActions: false,
    actionsRedis: null,
    actionsProfile: null,
  });
});

test('places come from repeated flags or a variable, and a base path loses its last slash', () => {
  const env = { VERGER_PLACES: 'results, s3://results/run', VERGER_BASE_PATH: '/a/verger/' };
  const { places, basePath } = resolveDashboard({ ...none, env });
  assert.deepEqual([places, basePath], [['results', 's3://results/run'], '/a/verger']);
  assert.deepEqual(resolveDashboard({ ...none, flags: { place: ['a', 'b'] }, env }).places, ['a', 'b']);
  assert.equal(resolveDashboard({ ...none, flags: { basePath: '/' } }).basePath, '');
});

test('a base path that is none and a short password are refused, and the password is not shown', () => {
  for (const basePath of ['verger', '//evil', '/a/../b', '/a b', '/<']) {
    assert.throws(() => resolveDashboard({ ...none, flags: { basePath } }), { code: 'E_CONFIG' });
  }
  assert.throws(
    () => resolveDashboard({ ...none, env: { VERGER_DASHBOARD_PASSWORD: 'hunter2' } }),
    (error: Error) => /8 characters/.test(error.message) && !error.message.includes('hunter2'),
  );
});
