import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ERROR_ANSWERS } from '@verger/testkit/answers';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { MOMENTS, watchRefused } from '@verger/testkit/refused-service';

suite('a Redis that answers everything with an error', { skip: redisMissing, concurrency: 20 }, () => {
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());

  for (const [words, code] of Object.entries(ERROR_ANSWERS)) {
    for (const moment of MOMENTS) {
      test(`${moment}: ${words}`, async () => {
        const seen = await watchRefused(redis.port, { moment, refusing: { words } });
        assert.equal(seen.ended, code);
        assert.ok(seen.linesAMinute < 20, `${seen.linesAMinute} lines in a minute`);
        if (moment === 'start') return;
        assert.equal(seen.ready.status, 503);
        assert.ok(
          seen.ready.text.startsWith(`${code}: `) && seen.ready.text.includes(words.trim()),
          seen.ready.text,
        );
        assert.equal(seen.connected, 0);
        assert.ok(seen.minutes >= 10 && seen.minutes <= 12, `${seen.minutes} minutes`);
      });
    }
  }
});
