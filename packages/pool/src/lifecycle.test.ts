import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { isAlive, type TestPool, testPool, until, withPool } from './testing/harness.ts';

async function failsToStart(pool: TestPool, expected: object): Promise<void> {
  const early = pool.start();
  const pids = pool.stats().pids;
  await assert.rejects(early, expected);
  assert.deepEqual(pool.stats().pids, [], 'nothing is left when start has thrown');
  for (const pid of pids) assert.equal(isAlive(pid), false);
  await assert.rejects(pool.run({ value: 1 }), expected);
  await pool.close();
}

test('what init throws, start throws as it was, and no child is left', async () => {
  await failsToStart(testPool({ init: { start: 'throw-verger' } }), {
    name: 'VergerError',
    code: 'E_WEIGHTS_CORRUPT',
    place: { location: '/weights.h5' },
  });
  await failsToStart(testPool({ init: { start: 'throw' } }), { name: 'Error', message: 'no start' });
});

test('a child that dies three times while it starts fails the pool', () =>
  failsToStart(testPool({ processes: 1, init: { start: 'abort' } }), {
    code: 'E_CHILD_START',
    detail: /^3 times in a row in the pool test: It crashed \(SIGABRT\)/,
  }));

test('a child that is too large before its first request fails the pool, and no request is blamed', () =>
  failsToStart(testPool({ processes: 1, limits: { memoryBytes: 2 ** 22 } }), {
    code: 'E_CHILD_START',
    detail:
      /MiB after its start; the limit is 4 MiB|exceeded its memory limit \(\d+ MiB; the limit is 4 MiB\)/,
  }));

test('a start that never ends is ended by the wall limit', () =>
  failsToStart(testPool({ processes: 1, init: { start: 'hang' }, limits: { wallMs: 1000 } }), {
    code: 'E_CHILD_START',
    detail: /the limit is 1000 ms/,
  }));

test('an init that cannot be cloned is told by start', () =>
  failsToStart(testPool({ processes: 1, init: { marker: (() => {}) as never } }), {
    message: /could not be cloned/,
  }));

test('children are forked before their init is there; that wait is not their time', async (t) => {
  let give = (_: { marker: string }) => {};
  const init = new Promise<{ marker: string }>((resolve) => {
    give = resolve;
  });
  const pool = testPool({ processes: 2, loadAhead: 1, init, limits: { wallMs: 2000, pollMs: 10 } });
  t.after(() => pool.close()); // else a failure would leave children, and the file without an end
  const started = performance.now();
  const ready = pool.start();
  const { pids } = pool.stats();
  assert.equal(pids.length, 1);
  await until('longer than a start may take', () => performance.now() - started > 2200);
  assert.deepEqual(pool.stats().pids, pids);
  give({ marker: 'late' });
  await ready;
  const { marker } = (await pool.run({ value: 0, act: 'state' })) as { marker: string };
  assert.equal(marker, 'late');
  assert.deepEqual(pool.stats().pids.slice(0, pids.length), pids);
  assert.equal(pool.stats().pids.length, 2);
});

test('work can begin with the first child; another that cannot start is tried three times', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'verger-pool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const hung = testPool({ init: { start: 'hang', once: join(folder, 'hung') } });
  t.after(() => hung.close());
  await hung.start('one');
  const { pid } = (await hung.run({ value: 0, act: 'state' })) as { pid: number };
  assert.ok(hung.stats().pids.includes(pid));
  const all = assert.rejects(hung.start(), { code: 'E_INTERRUPTED' });
  await hung.close();
  await all;
  const after = join(folder, 'after');
  const failed = testPool({ init: { start: 'throw-verger', once: join(folder, 'failed'), after } });
  t.after(() => failed.close());
  await failed.start('one');
  assert.equal(await failed.run({ value: 7 }), 7);
  writeFileSync(after, '');
  const told = { code: 'E_CHILD_START', message: /3 times in a row.*damaged or cut short/s };
  await assert.rejects(failed.start(), told);
  await assert.rejects(failed.run({ value: 0 }), told);
  assert.equal(failed.stats().restarts, 2);
  assert.deepEqual(failed.stats().pids, []);
});

test('where there is nothing to begin with, start throws why, and no child is left', () =>
  failsToStart(testPool({ init: Promise.reject(new VergerError('E_WEIGHTS_MISSING')) }), {
    code: 'E_WEIGHTS_MISSING',
  }));

test('a pool that is closed while its children wait leaves none', async () => {
  const pool = testPool({ init: new Promise<never>(() => {}) });
  const ready = pool.start();
  await Promise.all([assert.rejects(ready, { code: 'E_INTERRUPTED' }), pool.close()]);
  assert.deepEqual(pool.stats().pids, []);
});

test('when a dead child cannot be replaced, all that waits is told so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'verger-pool-'));
  const pool = testPool({ processes: 1, window: 2, init: { start: 'abort', once: join(folder, 'started') } });
  try {
    await pool.start();
    const bad = pool.run({ value: 0, act: 'kill' }, { alone: true });
    const waiting = [pool.run({ value: 1 }), pool.run({ value: 2 }, { alone: true })];
    await assert.rejects(bad, { reason: 'crash' });
    for (const one of waiting) await assert.rejects(one, { code: 'E_CHILD_START' });
    await assert.rejects(pool.run({ value: 3 }), { code: 'E_CHILD_START' });
    assert.equal(pool.stats().restarts, 3);
    assert.deepEqual(pool.stats().pids, []);
  } finally {
    await pool.close();
    rmSync(folder, { recursive: true });
  }
});

test('close rejects what is open with E_INTERRUPTED, ends busy children, twice or not', async () => {
  const pool = testPool({ window: 2 });
  await pool.start();
  const { pids } = pool.stats();
  const open = [
    ...Array.from({ length: 6 }, () => pool.run({ value: 0, act: 'hang' })),
    pool.run({ value: 0 }, { alone: true }),
  ];
  const answers = Promise.allSettled(open);
  const first = pool.close();
  assert.equal(pool.close(), first);
  await first;
  for (const result of await answers) {
    assert.ok(result.status === 'rejected' && result.reason instanceof VergerError);
    assert.equal(result.reason.code, 'E_INTERRUPTED');
  }
  for (const pid of pids) assert.equal(isAlive(pid), false);
  assert.equal(pool.stats().restarts, 0);
});

test('close ends a child that does not listen to SIGTERM', async () => {
  const pool = testPool({ init: { start: 'ignore-sigterm' }, closeGraceMs: 50 });
  await pool.start();
  const { pids } = pool.stats();
  await pool.close();
  for (const pid of pids) assert.equal(isAlive(pid), false);
});

test('close during start leaves nothing', async () => {
  const pool = testPool();
  const started = pool.start();
  const { pids } = pool.stats();
  assert.equal(pids.length, 2);
  void pool.close();
  await assert.rejects(started, { code: 'E_INTERRUPTED' });
  for (const pid of pids) assert.equal(isAlive(pid), false);
});

for (const act of ['idle', 'busy', 'busy-thread', 'hang', 'native'])
  test(`a parent that is killed leaves no child behind (${act})`, async () => {
    const parent = fork(new URL('./testing/parent.ts', import.meta.url), [act], { env: {} });
    const [pids] = (await once(parent, 'message')) as [number[]];
    try {
      assert.equal(pids.length, 2);
      for (const pid of pids) assert.equal(isAlive(pid), true);
      parent.kill('SIGKILL');
      await until('the children are gone', () => pids.every((pid) => !isAlive(pid)));
    } finally {
      for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    }
  });

test('a process that ends without close leaves no child behind', async () => {
  const parent = fork(new URL('./testing/parent.ts', import.meta.url), ['idle'], { env: {} });
  const [pids] = (await once(parent, 'message')) as [number[]];
  parent.kill('SIGTERM');
  await until('the children are gone', () => pids.every((pid) => !isAlive(pid)));
});

const markerOf = async (pool: TestPool) =>
  (await pool.run({ value: null, act: 'state' })) as { pid: number; marker: string };

test('renew gives the same children another init, and those that replace them', async () => {
  await withPool({ processes: 2 }, async (pool) => {
    const { pids } = pool.stats();
    await pool.renew({ marker: 'second' });
    const states = await Promise.all(Array.from({ length: 20 }, () => markerOf(pool)));
    assert.deepEqual([...new Set(states.map(({ marker }) => marker))], ['second']);
    assert.deepEqual(pool.stats().pids, pids);
    await assert.rejects(pool.run({ value: null, act: 'kill' }, { alone: true }));
    await until('another child', () => pool.stats().restarts === 1);
    const after = await Promise.all(Array.from({ length: 20 }, () => markerOf(pool)));
    assert.deepEqual([...new Set(after.map(({ marker }) => marker))], ['second']);
  });
});

test('renew throws what the other init throws, and leaves nothing; nor does it begin after close', async () => {
  const pool = testPool();
  await pool.start();
  const { pids } = pool.stats();
  await assert.rejects(pool.renew({ marker: '', start: 'throw-verger' }), { code: 'E_WEIGHTS_CORRUPT' });
  for (const pid of pids) assert.equal(isAlive(pid), false);
  await assert.rejects(pool.renew({ marker: '' }), { code: 'E_WEIGHTS_CORRUPT' });
  const closed = testPool();
  await closed.start();
  await closed.close();
  await assert.rejects(closed.renew({ marker: '' }), { code: 'E_INTERRUPTED' });
});
