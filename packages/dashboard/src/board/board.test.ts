import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { createBullBoard } from '@bull-board/api';
import { openQueue, openQueueReader, type QueueReader } from '@verger/queue';
import { keepingLogger, RUN, until } from '@verger/testkit/queue-harness';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { type Answer, ask, cookieOf, formOf, type Question } from '../testing/ask.ts';
import { PASSWORD, withServer } from '../testing/serve.ts';
import { createBoard } from './board.ts';
import { BoardAdapter } from './server-adapter.ts';

const DASHBOARD = readFileSync(new URL('../../../../docs/cluster.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('user verger-dashboard '));
const EVIL = '<img src=x onerror=alert(1)>';
const logger = keepingLogger();

/** Routes as Bull Board has them, with names filled in. */
function routesOf(method: 'reads' | 'writes'): { method: string; path: string }[] {
  const all: { method: string; route: string }[] = [];
  class Spy extends BoardAdapter {
    override setApiRoutes(routes: Parameters<BoardAdapter['setApiRoutes']>[0]): this {
      for (const { method, route } of routes)
        for (const verb of [method].flat()) all.push({ method: verb, route: [route].flat()[0] ?? '' });
      return this;
    }
  }
  createBullBoard({ queues: [], serverAdapter: new Spy() });
  return all
    .filter((one) => (one.method === 'get') === (method === 'reads'))
    .map(({ method, route }) => ({
      method: method.toUpperCase(),
      path: route
        .replace(':queueName', 'verger-extract')
        .replace(':jobId', JOB)
        .replace(':queueStatus', 'failed')
        .replace(':schedulerId', 's'),
    }));
}
const JOB = 'hostile';

suite('Bull Board on a real Redis, as the documented user', { skip: redisMissing }, () => {
  let redis: RedisServer;
  let reader: QueueReader;
  before(async () => {
    redis = await startRedis({
      users: ['user default off', 'user owner on >owner ~* &* +@all', ...DASHBOARD],
    });
    const queue = await openQueue({
      url: `redis://owner:owner@127.0.0.1:${redis.port}`,
      ...{ logger, name: 'test', role: 'coordinator' },
    });
    await queue.submit(RUN, 'extract', [0, 1, 2]);
    await queue.close();
    const url = (user: string) => `redis://${user}@127.0.0.1:${redis.port}`;
    const owner = openQueueReader({ url: url('owner:owner'), logger, name: 'owner' });
    await until('the owner is connected', () => owner.trouble === undefined);
    await owner.queues?.[0]?.add(EVIL, { runId: EVIL, key: EVIL }, { jobId: JOB });
    await owner.close();
    reader = openQueueReader({ url: url('verger-dashboard:DASHBOARD-PASSWORD'), logger, name: 'test' });
    await until('the reader is connected', () => reader.trouble === undefined);
  });
  after(async () => {
    await reader.close();
    await redis.close();
  });

  const withBoard = async (
    base: string,
    work: (tools: { get(path: string): Promise<Answer>; send: typeof ask; origin: string }) => Promise<void>,
  ) => {
    const clock = { monotonicMs: () => performance.now() };
    const pages = [createBoard({ reader, base, clock })];
    await withServer({ base, pages }, async ({ origin }) => {
      const cookie = cookieOf(await ask(origin, `${base}/login`, formOf(origin, { password: PASSWORD })));
      const send = (at: string, path: string, question: Question = {}) =>
        ask(at, path, { ...question, headers: { ...question.headers, cookie } });
      await work({ origin, send, get: (path) => send(origin, `${base}${path}`) });
    });
  };

  test('its page loads nothing from elsewhere, below a base path too', async () => {
    for (const base of ['', '/a/verger']) {
      await withBoard(base, async ({ get }) => {
        for (const path of [
          '/queues',
          '/queues/',
          '/queues/queue/verger-extract',
          `/queues/queue/q/${JOB}`,
        ]) {
          const { status, text, headers } = await get(path);
          assert.equal(status, 200, path);
          assert.ok(text.includes(`<base href="${base}/queues/" />`), text);
          assert.doesNotMatch(text, /https?:\/\/|<%/);
          assert.match(
            String(headers['content-security-policy']),
            /^default-src 'none'; script-src 'self'; .* style-src 'self' 'unsafe-inline';/,
          );
          const linked = [...text.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, file]) => file);
          assert.ok(linked.length >= 5);
          for (const file of linked) assert.equal((await get(`/queues/${file}`)).status, 200, file);
        }
        const [, config = '{}'] = /application\/json">(.*)<\/script>/.exec((await get('/queues')).text) ?? [];
        const { pollingInterval, showWorkers } = JSON.parse(config);
        assert.deepEqual([pollingInterval.forceInterval, showWorkers], [10, false]);
      });
    }
  });

  test('every route that reads works with the rights of the user', async () => {
    await withBoard('', async ({ get }) => {
      const routes = routesOf('reads');
      assert.ok(routes.length >= 10);
      for (const { path } of routes) {
        const { status, headers, text } = await get(`/queues${path}`);
        assert.equal(status, path.endsWith('/workers') ? 403 : 200, `${path}: ${text}`);
        assert.match(headers['content-type'] ?? '', /^application\/json/);
      }
      for (const status of ['latest', 'active', 'waiting', 'prioritized', 'completed', 'failed', 'delayed'])
        assert.equal(
          (await get(`/queues/api/queues?activeQueue=verger-extract&status=${status}&page=1`)).status,
          200,
        );
      const id = JSON.parse((await get('/queues/api/queues?activeQueue=verger-reduce')).text).queues[2]
        .jobs[0].id;
      const flow = JSON.parse(
        (await get(`/queues/api/queues/verger-reduce/${id}/flow?maxChildren=1000`)).text,
      );
      assert.equal(flow.flowRoot.children.length, 3);
    });
  });

  test('no route that writes is there, for no method', async () => {
    await withBoard('', async ({ origin, send }) => {
      const routes = routesOf('writes');
      assert.ok(routes.length >= 20);
      const { headers } = formOf(origin, {});
      for (const { method, path } of routes) {
        const { status } = await send(origin, `/queues${path}`, {
          method,
          headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
          body: 'a=1',
        });
        assert.equal(status, 405, `${method} ${path}`);
      }
      assert.equal((await reader.counts()).extract.waiting, 4);
    });
  });

  test('what a job holds goes out as JSON only, and a job links to its run', async () => {
    await withBoard('/verger', async ({ get }) => {
      const { text, headers } = await get('/queues/api/queues?activeQueue=verger-extract');
      assert.match(headers['content-type'] ?? '', /^application\/json/);
      const { jobs, readOnlyMode, allowRetries, description } = JSON.parse(text).queues[0];
      assert.deepEqual([readOnlyMode, allowRetries], [true, false]);
      assert.match(description, /1,000 children/);
      const hostile = jobs.find(({ id }: { id: string }) => id === JOB);
      assert.deepEqual([hostile.name, hostile.data.key], [EVIL, EVIL]);
      assert.equal(hostile.externalUrl.href, '/verger/runs');
      const own = jobs.find(({ data }: { data: { runId: string } }) => data.runId === RUN.runId);
      assert.equal(own.externalUrl.href, '/verger/runs/r1');
      for (const path of [`/queues/queue/${encodeURIComponent('<img src=x>')}`, '/queues/queue/x/%3Cb%3E'])
        assert.ok(!(await get(path)).text.includes('<img'));
    });
  });

  test('files beside its own are not served', async () => {
    await withBoard('', async ({ get }) => {
      const paths = [
        '../index.ejs',
        '%2e%2e/index.ejs',
        '..%2findex.ejs',
        '',
        'js',
        'nothing.js',
        '__proto__',
      ];
      for (const path of paths) {
        const { status } = await get(`/queues/static/${path}`);
        assert.ok(status === 404 || status === 400, `${path}: ${status}`);
      }
      assert.equal((await get('/queues/static/locales/en-US/messages.json')).status, 200);
    });
  });

  test('a question that cannot be decoded is an error of its own, not of Redis', async () => {
    await withBoard('', async ({ get }) => {
      const { status } = await get('/queues/api/queues?activeQueue=%25');
      assert.equal(status, 503);
      assert.equal(reader.trouble, undefined);
    });
  });
});

test('until Redis has answered, the page says since when it waits and the routes say why', async () => {
  const nowMs = () => Date.UTC(2026, 0, 2, 3, 4, 5);
  const url = 'redis://me:hunter2@127.0.0.1:1';
  const reader = openQueueReader({ url, logger, name: 'test', nowMs });
  try {
    const pages = [createBoard({ reader, base: '', clock: { monotonicMs: () => 0 } })];
    await withServer({ pages, password: null }, async ({ origin }) => {
      const page = await ask(origin, '/queues');
      assert.equal(page.status, 200);
      assert.match(page.text, /Waiting for Redis at redis:\/\/me@127\.0\.0\.1:1 since 2026-01-02T03:04:05/);
      assert.equal(page.headers['refresh'], '10');
      const routed = await ask(origin, '/queues/api/queues');
      assert.equal(routed.status, 503);
      assert.match(
        JSON.parse(routed.text).message,
        /E_REDIS_UNREACHABLE|not answer|no answer|cannot be reached/i,
      );
      assert.ok(!`${page.text}${routed.text}`.includes('hunter2'));
    });
  } finally {
    await reader.close();
  }
});
