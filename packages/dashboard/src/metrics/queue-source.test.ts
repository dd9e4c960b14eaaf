import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { openQueue, openQueueReader, PROTOCOL } from '@verger/queue';
import { keepingLogger, RUN, range, until } from '@verger/testkit/queue-harness';
import { redisMissing, startRedis } from '@verger/testkit/redis-server';
import { Redis } from 'ioredis';
import { readQueueFigures } from './queue-source.ts';

const DASHBOARD = readFileSync(new URL('../../../../docs/cluster.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('user verger-dashboard '));
/** What a scrape may cost. */
const MOST_COMMANDS = 15;

suite('figures of a queue, as the documented user', { skip: redisMissing }, () => {
  test('are those of Redis, for fifteen commands at most', async (t) => {
    const users = ['user default off', 'user owner on >owner ~* &* +@all', ...DASHBOARD];
    const redis = await startRedis({ users, args: ['--maxmemory', '64mb'] });
    t.after(() => redis.close());
    const url = (user: string) => `redis://${user}@127.0.0.1:${redis.port}`;
    const logger = keepingLogger();
    const queue = await openQueue({ url: url('owner:owner'), logger, name: 'test', role: 'coordinator' });
    await queue.submit(RUN, 'extract', range(3));
    await queue.close();
    const owner = new Redis(url('owner:owner'));
    t.after(() => owner.disconnect());
    await beat(owner, 'worker:1', {});
    await beat(owner, 'worker:2', { trouble: 'E_OUTPUT_FULL: full' });
    await beat(owner, 'worker:3', { protocol: PROTOCOL + 1 });
    await beat(owner, 'reducer:1', { role: 'reducer' });
    const before = Date.now();
    const reader = openQueueReader({ url: url('verger-dashboard:DASHBOARD-PASSWORD'), logger, name: 'test' });
    t.after(() => reader.close());
    await until('it has answered', () => reader.trouble === undefined);

    const monitor = await owner.monitor();
    t.after(() => monitor.disconnect());
    const sent: string[] = [];
    monitor.on('monitor', (_time: string, [command = '']: string[], source: string) => {
      if (source !== 'lua') sent.push(command);
    });
    const figures = await readQueueFigures(reader);
    await owner.ping();
    await until('the monitor has told all', () => sent.includes('ping'));

    assert.ok(sent.length - 1 <= MOST_COMMANDS, sent.join(' '));
    assert.deepEqual(figures.counts.extract, { waiting: 3, active: 0, delayed: 0, failed: 0 });
    assert.deepEqual(figures.processes, {
      worker: { alive: 2, troubled: 1 },
      reducer: { alive: 1, troubled: 0 },
    });
    const { extract, project, reduce } = figures.oldestMs;
    assert.ok(extract !== null && extract <= before && extract > before - 60_000, String(extract));
    assert.deepEqual([project, reduce], [null, null]);
    assert.equal(figures.maxBytes, 64 * 1024 * 1024);
    assert.ok(figures.usedBytes > 0);
  });
});

async function beat(owner: Redis, member: string, more: object): Promise<void> {
  const facts = { name: member, host: 'here', pid: 1, role: 'worker', cpu: 'test', protocol: PROTOCOL };
  await owner.sadd('verger:alive', member);
  await owner.set(`verger:alive:${member}`, JSON.stringify({ ...facts, ...more }));
}
