import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { PoolError } from './index.ts';
import type { PoolLimits, PoolReason } from './limits.ts';
import type { TestRequest } from './testing/child.ts';
import { isAlive, until, withPool } from './testing/harness.ts';

/** Twenty requests, the eighth of which is bad: it alone must fail. */
async function oneBad(
  bad: TestRequest['act'],
  options: { reason: PoolReason; limits?: Partial<PoolLimits>; restarts?: number },
): Promise<void> {
  await withPool({}, async (pool) => {
    const { limits = {} } = options;
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, value) =>
        value === 7 ? pool.run({ value, act: bad! }, { limits }) : pool.run({ value }),
      ),
    );
    for (const [index, result] of results.entries()) {
      if (index === 7) {
        assert.equal(result.status, 'rejected');
        assert.ok(result.status === 'rejected' && result.reason instanceof PoolError);
        assert.equal(result.reason.reason, options.reason);
        assert.equal(result.reason.code, 'E_CHILD_DIED');
      } else {
        assert.deepEqual(result, { status: 'fulfilled', value: index });
      }
    }
    await until('the pool is whole again', () => pool.stats().pids.length === 2);
    assert.equal(pool.stats().restarts, options.restarts ?? 1);
  });
}

for (const act of ['abort', 'kill', 'exit'] as const)
  test(`a child that ends by ${act} costs the request it worked on, and no other`, () =>
    oneBad(act, { reason: 'crash' }));

test('an answer is out before the next request begins, so that its crash does not swallow it', async () => {
  await withPool({ processes: 1 }, async (pool) => {
    const large = Buffer.alloc(2 ** 25, 'verger');
    const [answer, crash] = await Promise.allSettled([
      pool.run({ value: large }),
      pool.run({ value: 0, act: 'kill' }),
    ]);
    assert.ok(answer.status === 'fulfilled' && large.equals(answer.value as Buffer));
    assert.ok(crash.status === 'rejected' && crash.reason.reason === 'crash');
  });
});

test('an endless loop is ended by the limit of CPU time', () =>
  oneBad('hang', { reason: 'cpu', limits: { cpuMs: 300 } }));

test('native code that does not come back is ended by the limit of CPU time', () =>
  oneBad('native', { reason: 'cpu', limits: { cpuMs: 300 } }));

test('a memory hog is ended by the limit of memory', () =>
  oneBad('eat', { reason: 'memory', limits: { memoryBytes: 400 * 2 ** 20 } }));

test('a request that does nothing for ever is tried twice before the wall limit blames it', () =>
  oneBad('sleep', { reason: 'wall', limits: { wallMs: 100 }, restarts: 2 }));

test('CPU time is counted for each request, not for the child', async () => {
  await withPool({ processes: 1, limits: { cpuMs: 700 } }, async (pool) => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => pool.run({ value: 200, act: 'busy' })));
    assert.equal(answers.length, 5); // 1 s in all
    assert.equal(pool.stats().restarts, 0);
  });
});

test('a request may have limits of its own', async () => {
  await withPool({ processes: 1 }, async (pool) => {
    await assert.rejects(pool.run({ value: 0, act: 'hang' }, { limits: { cpuMs: 200 } }), { reason: 'cpu' });
    assert.equal(await pool.run({ value: 1 }), 1);
  });
});

test('a request that was only slow once is answered by the next child', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'verger-pool-'));
  try {
    await withPool({ processes: 1 }, async (pool) => {
      const value = join(folder, 'slept');
      const answer = pool.run({ value, act: 'sleep-once' }, { limits: { wallMs: 100 } });
      assert.equal(await answer, value);
      assert.equal(pool.stats().restarts, 1);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an idle child that is killed is replaced', async () => {
  await withPool({}, async (pool) => {
    await Promise.all(Array.from({ length: 8 }, (_, value) => pool.run({ value })));
    const [first = 0, second] = pool.stats().pids;
    process.kill(first, 'SIGKILL');
    await until('another child', () => {
      const { pids } = pool.stats();
      return pids.length === 2 && !pids.includes(first) && pids.includes(second!);
    });
    assert.equal(await pool.run({ value: 'ok' }), 'ok');
  });
});

test('a child that keeps memory after its request is replaced, and nobody is blamed', async () => {
  await withPool({ processes: 1, limits: { memoryBytes: 300 * 2 ** 20 } }, async (pool) => {
    const [first = 0] = pool.stats().pids;
    // This one request may let it grow past the pool's limit, which holds again once the child is idle.
    const limits = { memoryBytes: 2 ** 40 };
    assert.equal(await pool.run({ value: 320, act: 'keep' }, { limits }), 320);
    await until('another child', () => pool.stats().pids.some((pid) => pid !== first));
    assert.equal(await pool.run({ value: 'ok' }), 'ok');
    assert.equal(pool.stats().restarts, 1);
  });
});

/** mulberry32: a seeded stream of numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('of 1,000 requests under random crashes each is answered once; only bad ones fail', async () => {
  const random = seeded(20240607);
  const acts = Array.from({ length: 1000 }, (_, value) => {
    const draw = random();
    return value === 500
      ? 'abort'
      : draw < 0.01
        ? 'kill'
        : draw < 0.015
          ? 'exit'
          : draw < 0.05
            ? 'throw'
            : undefined;
  });
  const crashes = acts.filter((act) => act !== undefined && act !== 'throw').length;
  assert.ok(crashes >= 5, `${crashes} crashes`);
  await withPool({ window: 8 }, async (pool) => {
    const settled = new Array<number>(1000).fill(0);
    const seen = new Set(pool.stats().pids);
    const results = await Promise.allSettled(
      acts.map((act, value) =>
        pool.run(act === undefined ? { value } : { value, act }, { alone: value % 97 === 0 }).finally(() => {
          settled[value]! += 1;
          for (const pid of pool.stats().pids) seen.add(pid);
        }),
      ),
    );
    assert.deepEqual(settled, new Array<number>(1000).fill(1));
    for (const [index, result] of results.entries()) {
      const act = acts[index];
      if (act === undefined) assert.deepEqual(result, { status: 'fulfilled', value: index });
      else if (act === 'throw')
        assert.equal(result.status === 'rejected' && result.reason.name, 'RangeError');
      else assert.equal(result.status === 'rejected' && result.reason.reason, 'crash');
    }
    assert.equal(pool.stats().restarts, crashes);
    await until('the pool is whole again', () => pool.stats().pids.length === 2);
    for (const pid of seen)
      if (!pool.stats().pids.includes(pid)) assert.equal(isAlive(pid), false, `dead child ${pid} is left`);
  });
});
