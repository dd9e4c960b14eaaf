import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defer } from '@verger/core';
import { makeEntry } from './entry.ts';
import type { PoolReason } from './limits.ts';
import { Slot, type Verdict } from './slot.ts';
import type { TestInit, TestRequest } from './testing/child.ts';

const limits = { cpuMs: 1, wallMs: 1, memoryBytes: 2 ** 30, pollMs: 1 };
const ask = (request: TestRequest) =>
  makeEntry<TestRequest, unknown>(request, { base: limits }, () => {}).entry;

/** A child that hangs on `hanging`, with `waiting` behind it, and how it is judged when it is condemned. */
async function condemned(
  reason: PoolReason,
  whom: 'hanging' | 'waiting' | 'nobody',
  wallSpent = false,
): Promise<Verdict<TestRequest, unknown> & { names: string[] }> {
  const ready = defer<void>();
  const died = defer<Verdict<TestRequest, unknown>>();
  const slot = new Slot<TestInit, TestRequest, unknown>(
    {
      module: new URL('./testing/child.ts', import.meta.url),
      env: {},
      init: { marker: 'slot' },
      memoryBytes: 2 ** 30,
    },
    { ready: () => ready.resolve(), answered: () => {}, died: (_, verdict) => died.resolve(verdict) },
  );
  slot.start();
  await ready.promise;
  const entries = { hanging: ask({ value: 'hanging', act: 'hang' }), waiting: ask({ value: 'waiting' }) };
  entries.hanging.wallSpent = wallSpent;
  slot.give(entries.hanging);
  slot.give(entries.waiting);
  slot.kill({ reason, entry: whom === 'nobody' ? undefined : entries[whom], seen: 'seen' });
  assert.equal(slot.open, false, 'a condemned child is given nothing');
  const verdict = await died.promise;
  return { ...verdict, names: verdict.requeue.map(({ request }) => String(request.value)) };
}

test('a charge falls on the request it was made against, and on no other that came after it', async () => {
  const cases = [
    ['cpu', 'hanging', 'hanging', ['waiting']],
    ['memory', 'hanging', 'hanging', ['waiting']],
    ['cpu', 'waiting', undefined, ['hanging', 'waiting']],
    ['memory', 'nobody', undefined, ['hanging', 'waiting']],
  ] as const;
  for (const [reason, whom, blamed, requeue] of cases) {
    const verdict = await condemned(reason, whom);
    assert.equal(verdict.blamed?.entry.request.value, blamed);
    assert.deepEqual(verdict.names, requeue);
    assert.equal(verdict.blamed?.error.reason, blamed && reason);
    assert.equal(verdict.useless, false);
  }
});

test('the wall limit blames only a request that broke it before', async () => {
  const first = await condemned('wall', 'hanging');
  assert.equal(first.blamed, undefined);
  assert.deepEqual(first.names, ['hanging', 'waiting']);
  assert.equal(first.requeue[0]?.wallSpent, true);
  assert.equal(first.requeue[0]?.oldestSinceMs, undefined, 'its time starts again');
  const second = await condemned('wall', 'hanging', true);
  assert.equal(second.blamed?.error.reason, 'wall');
});
