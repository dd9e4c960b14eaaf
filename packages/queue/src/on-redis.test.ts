import { after, before, suite } from 'node:test';
import { randomPrefix } from '@verger/testkit/queue-harness';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { flowFacts } from './testing/flow-facts.ts';
import { lossFacts } from './testing/loss-facts.ts';
import { outcomeFacts } from './testing/outcome-facts.ts';

suite('jobs on a real Redis', { skip: redisMissing }, () => {
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());
  const site = () => ({ url: () => redis.url, freshPrefix: async () => randomPrefix() });
  flowFacts(site);
  outcomeFacts(site);
  lossFacts(site);
});
