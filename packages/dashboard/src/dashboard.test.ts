import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@verger/runtime';
import { createStorages } from '@verger/storage';
import { keepingLogger } from '@verger/testkit/queue-harness';
import { type DashboardSetup, startDashboard } from './dashboard.ts';
import { ask } from './testing/ask.ts';

function setup(changed: Partial<DashboardSetup> = {}) {
  const logger = keepingLogger();
  const health = { host: '127.0.0.1', port: 0 };
  const rest = { basePath: '', password: null, redisUrl: null, prefix: 'verger', name: 'test', health };
  const storages = createStorages(async () => assert.fail('no bucket is named'));
  const runs = { places: [], storages, storageFlags: [], program: 'verger', actions: undefined };
  return { ...rest, ...runs, listen: '127.0.0.1:0', clock: systemClock, logger, ...changed };
}

test('a public address without a password is refused, and with one it is taken', async () => {
  for (const listen of ['0.0.0.0:0', '[::]:0', '192.0.2.1:3000', 'example.org:80']) {
    await assert.rejects(startDashboard(setup({ listen })), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'E_CONFIG');
      assert.match(error.message, /VERGER_DASHBOARD_PASSWORD_FILE/);
      return true;
    });
  }
  const dashboard = await startDashboard(setup({ listen: '0.0.0.0:0', password: 'correct horse' }));
  const { port } = new URL(dashboard.url);
  assert.equal((await ask(`http://127.0.0.1:${port}`, '/queues')).status, 401);
  await dashboard.close();
  await dashboard.done;
});

test('it serves pages below its base path and its health at another address, until it is closed', async () => {
  const logger = keepingLogger();
  const dashboard = await startDashboard(setup({ basePath: '/verger', logger }));
  const { origin, pathname } = new URL(dashboard.url);
  assert.equal(pathname, '/verger/');
  assert.match((await ask(origin, '/verger/queues')).text, /without <code>--redis<\/code>/);
  assert.equal((await ask(origin, '/verger/')).headers.location, '/verger/runs');
  assert.equal((await ask(origin, '/healthz')).status, 404);
  for (const path of ['/healthz', '/readyz', '/metrics'])
    assert.equal((await ask(dashboard.healthUrl ?? '', path)).status, 200);
  assert.ok(logger.lines.some(({ message }) => message.startsWith('no login is needed')));
  await dashboard.close();
  await dashboard.close();
  await assert.rejects(ask(origin, '/verger/queues'));
});

test('an address that is taken is E_CONFIG, and leaves nothing open', async () => {
  const first = await startDashboard(setup());
  const listen = new URL(first.url).host;
  await assert.rejects(startDashboard(setup({ listen })), /another process listens there/);
  const health = new URL(first.healthUrl ?? '');
  const taken = { host: health.hostname, port: Number(health.port) };
  await assert.rejects(startDashboard(setup({ health: taken })), /another process listens there/);
  await first.close();
});

test('it starts while Redis is gone', async () => {
  const dashboard = await startDashboard(setup({ redisUrl: 'redis://127.0.0.1:1' }));
  const { origin } = new URL(dashboard.url);
  assert.match((await ask(origin, '/queues')).text, /Waiting for Redis/);
  await dashboard.close();
});
