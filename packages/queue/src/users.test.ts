import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import type { Site } from '@verger/testkit/queue-harness';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { Redis } from 'ioredis';
import type { Role } from './payload.ts';
import { flowFacts } from './testing/flow-facts.ts';
import { lossFacts } from './testing/loss-facts.ts';
import { outcomeFacts } from './testing/outcome-facts.ts';

const ROLES: readonly Role[] = ['coordinator', 'worker', 'reducer'];
const OWNER = 'user owner on >owner ~* &* +@all';

/** The lines that docs/cluster.md gives to whoever sets up a server. */
const documented = readFileSync(new URL('../../../docs/cluster.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('user verger-'));

/** Rights that a short test cannot need: jobs are taken out by their age a day after they are done. */
const NEEDED_LATER = ['zremrangebyscore'];

/** Who only reads is no role of a queue. */
const READERS = ['dashboard', 'autoscaler'] as const;
type User = Role | (typeof READERS)[number];
const USERS: readonly User[] = [...ROLES, ...READERS];

const passwordOf = (role: User) => `${role.toUpperCase()}-PASSWORD`;

suite('under the documented Redis users', { skip: redisMissing }, () => {
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis({ users: ['user default off', OWNER, ...documented] });
  });
  after(() => redis.close());

  const url = (role: User | 'owner') =>
    role === 'owner'
      ? `redis://owner:owner@127.0.0.1:${redis.port}`
      : `redis://verger-${role}:${passwordOf(role)}@127.0.0.1:${redis.port}`;
  const site: Site = {
    url,
    async freshPrefix() {
      const owner = new Redis(url('owner'));
      await owner.flushall();
      owner.disconnect();
      return 'verger';
    },
  };

  test('there is one user a role', () => {
    assert.deepEqual(
      documented.map((line) => line.split(' ')[1]),
      USERS.map((role) => `verger-${role}`),
    );
  });

  for (const role of USERS) {
    test(`a ${role} may not do anything else`, async () => {
      const client = new Redis(url(role));
      const denied = (command: string, ...args: string[]) =>
        assert.rejects(
          client.call(command, ...args),
          /NOPERM|DEBUG command not allowed/,
          `${command} ${args.join(' ')}`,
        );
      try {
        await denied('FLUSHALL');
        await denied('FLUSHDB');
        await denied('CONFIG', 'GET', '*');
        await denied('DEBUG', 'SLEEP', '0');
        await denied('KEYS', '*');
        await denied('SCAN', '0');
        await denied('SHUTDOWN', 'NOSAVE');
        await denied('ACL', 'LIST');
        await denied('CLIENT', 'LIST');
        await denied('SCRIPT', 'FLUSH');
        await denied('MONITOR');
        await denied('GET', 'other:key');
        await denied('SET', 'vergerx', '1');
        await denied('SUBSCRIBE', 'verger:channel');
        // Redis names the command; the script's own error is not NOPERM's prefix on every version.
        await assert.rejects(
          client.eval("return redis.call('GET', 'other:key')", 0),
          /NOPERM|permission|can't access/i,
        );
        if (READERS.some((reader) => reader === role)) {
          await denied('SET', 'verger:mine', '1');
          await denied('DEL', 'verger:mine');
          await assert.rejects(
            client.eval("return redis.call('DEL', KEYS[1])", 1, 'verger:mine'),
            /NOPERM|can.t run this command/i,
          );
        } else await client.set('verger:mine', '1', 'PX', 1_000);
      } finally {
        client.disconnect();
      }
    });
  }

  flowFacts(() => site);
  outcomeFacts(() => site);
  lossFacts(() => site);

  test('no right is given that nothing used', async () => {
    const owner = new Redis(url('owner'));
    const used = new Set(
      [...(await owner.info('commandstats')).matchAll(/cmdstat_([a-z|]+):/g)].map(([, name]) => name),
    );
    owner.disconnect();
    const granted = documented.join(' ').match(/\+[a-z|]+/g) ?? [];
    const unused = [...new Set(granted.map((right) => right.slice(1)))].filter((name) => !used.has(name));
    assert.deepEqual(unused, NEEDED_LATER);
  });
});
