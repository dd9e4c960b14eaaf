import assert from 'node:assert/strict';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import type { PoolError } from './index.ts';
import type { TestRequest } from './testing/child.ts';
import { testPool, withPool } from './testing/harness.ts';

const echo = (value: unknown): TestRequest => ({ value });

test('each request gets its own answer, from every child', async () => {
  await withPool({}, async (pool) => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, value) => pool.run(echo(value))));
    assert.deepEqual(
      answers,
      Array.from({ length: 200 }, (_, value) => value),
    );
    const states = await Promise.all(
      Array.from({ length: 40 }, () => pool.run({ value: null, act: 'state' })),
    );
    const pids = new Set(states.map((state) => (state as { pid: number }).pid));
    assert.deepEqual([...pids].sort(), [...pool.stats().pids].sort());
    assert.equal(pool.stats().restarts, 0);
  });
});

test('one child answers in the order in which it was asked', async () => {
  await withPool({ processes: 1 }, async (pool) => {
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, async (_, value) => {
        await pool.run(echo(value));
        order.push(value);
      }),
    );
    assert.deepEqual(
      order,
      Array.from({ length: 100 }, (_, value) => value),
    );
  });
});

test('buffers, typed arrays, maps and bigints arrive as sent, a view without its rest', async () => {
  await withPool({ processes: 1 }, async (pool) => {
    const floats = new Float32Array([1.5, Number.NaN, -0]);
    const value = {
      floats,
      bytes: Buffer.from('abc'),
      slice: new Uint8Array(2 ** 20).subarray(5, 9).fill(7),
      sums: new BigInt64Array([-1n, 2n ** 62n]),
      map: new Map([['a', 1n]]),
    };
    const back = (await pool.run(echo(value))) as typeof value;
    assert.deepEqual(back.floats, floats);
    assert.ok(Buffer.isBuffer(back.bytes));
    assert.deepEqual([...back.slice], [7, 7, 7, 7]);
    assert.deepEqual(back.sums, value.sums);
    assert.deepEqual(back.map, value.map);
    const large = Buffer.alloc(2 ** 25, 'verger');
    assert.equal(large.compare((await pool.run(echo(large))) as Buffer), 0);
  });
});

test('what a child throws reaches the caller, by code, and the child goes on', async () => {
  await withPool({ processes: 1 }, async (pool) => {
    await assert.rejects(pool.run({ value: 0, act: 'throw-verger' }), (error) => {
      assert.ok(error instanceof VergerError);
      assert.equal(error.code, 'E_IMG_DECODE');
      assert.deepEqual(error.place, { path: 'a/b.jpg' });
      assert.equal(error.detail, 'at row 7');
      assert.match(error.stack ?? '', /testing\/child/);
      return true;
    });
    await assert.rejects(pool.run({ value: 0, act: 'throw' }), {
      name: 'RangeError',
      message: 'out of range',
      code: 'E_OF_ITS_OWN',
    });
    await assert.rejects(pool.run({ value: 0, act: 'unclonable' }), /could not be cloned/);
    await assert.rejects(pool.run(echo(() => {})), /could not be cloned/);
    assert.equal(await pool.run(echo('still here')), 'still here');
    assert.equal(pool.stats().restarts, 0);
  });
});

test('a child has the environment it is given, the Node options of its parent, no more', async () => {
  await withPool({ processes: 1, env: { TZ: 'UTC' } }, async (pool) => {
    const seen = (await pool.run({ value: 0, act: 'environment' })) as { env: object; execArgv: string[] };
    // A coverage run adds its own variable to every process that Node starts.
    const { NODE_V8_COVERAGE: _, ...env } = seen.env as Record<string, string>;
    assert.deepEqual(env, { TZ: 'UTC' });
    assert.deepEqual(seen.execArgv, process.execArgv);
  });
});

test('children are less urgent than their parent', async () => {
  await withPool({ processes: 2 }, async (pool) => {
    for (const pid of pool.stats().pids) assert.equal(getPriority(pid), Math.min(19, getPriority() + 5));
  });
});

test('a child ignores SIGINT: the parent decides what Ctrl-C means', async () => {
  await withPool({ processes: 1 }, async (pool) => {
    const [pid = 0] = pool.stats().pids;
    process.kill(pid, 'SIGINT');
    for (let index = 0; index < 20; index++) {
      const state = (await pool.run({ value: 0, act: 'state' })) as { pid: number };
      assert.equal(state.pid, pid);
    }
    assert.equal(pool.stats().restarts, 0);
  });
});

test('a request given up in the queue is dropped; one under way rejects at once', async () => {
  await withPool({ processes: 1, window: 1 }, async (pool) => {
    const controller = new AbortController();
    const { signal } = controller;
    const working = pool.run({ value: 200, act: 'busy' }, { signal });
    const queued = pool.run(echo('queued'), { signal });
    const alone = pool.run(echo('alone'), { signal, alone: true });
    const after = pool.run({ value: 0, act: 'state' });
    controller.abort(new Error('enough'));
    for (const one of [working, queued, alone, pool.run(echo(1), { signal })])
      await assert.rejects(one, { message: 'enough' });
    // Only the one that had begun counts as answered in the child.
    assert.equal(((await after) as { answered: number }).answered, 1);
  });
});

test('a pool that was not started, or is closed, takes nothing', async () => {
  const pool = testPool();
  await assert.rejects(pool.run(echo(1)), { code: 'E_INTERNAL' });
  await pool.close();
  await assert.rejects(pool.run(echo(1)), { code: 'E_INTERRUPTED' });
  await assert.rejects(pool.start(), { code: 'E_INTERRUPTED' });
});

test('requests may be made before the children are ready', async () => {
  const pool = testPool({ processes: 1 });
  const started = pool.start();
  const early = pool.run(echo('early'));
  await started;
  assert.equal(await early, 'early');
  await pool.close();
});

test('stats show the peak memory of each place', async () => {
  await withPool({ limits: { pollMs: 5 } }, async (pool) => {
    await Promise.all([0, 1].map(() => pool.run({ value: 100, act: 'busy' })));
    const { rssBytes, processes } = pool.stats();
    assert.equal(rssBytes.length, processes);
    for (const bytes of rssBytes) assert.ok(bytes > 2 ** 24 && bytes < 2 ** 30, `${bytes} bytes`);
  });
});

test('the error of a dead child keeps the end of its output, at most 4 KiB', async () => {
  await withPool({ processes: 1 }, async (pool) => {
    await assert.rejects(pool.run({ value: 0, act: 'print-and-kill' }), (error) => {
      const { stderr, reason, message } = error as PoolError;
      assert.equal(reason, 'crash');
      assert.equal(Buffer.byteLength(stderr), 4096);
      assert.ok(stderr.endsWith('xxx\nTypeError: last words\n'));
      assert.match(message, /SIGKILL.*Its output: TypeError: last words$/);
      return true;
    });
  });
});
