import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteTurns } from './byte-turns.ts';

const never = new AbortController().signal;

test('bytes are given in order, and what is given back goes to who waits', async () => {
  const turns = new ByteTurns({ total: 10, mostWaiting: 2 });
  const first = await turns.take(8, never);
  const order: string[] = [];
  const second = turns.take(6, never).then((held) => {
    order.push('second');
    return held;
  });
  const third = turns.take(1, never).then(() => order.push('third'));
  assert.equal(turns.waiting, 2, 'a small one does not overtake');
  assert.equal(await turns.take(1, never), undefined, 'too many wait');
  first?.keep(4);
  await second;
  assert.deepEqual(order, ['second']);
  first?.release();
  first?.release();
  await third;
  (await second)?.release();
  assert.notEqual(await turns.take(9, never), undefined);
  assert.equal(turns.waiting, 0);
});

test('who has gone leaves the queue, and holds up nobody', async () => {
  const turns = new ByteTurns({ total: 10, mostWaiting: 8 });
  const held = await turns.take(5, never);
  const gone = new AbortController();
  const large = turns.take(100, gone.signal);
  const small = turns.take(5, never);
  gone.abort();
  assert.equal(await large, undefined);
  assert.notEqual(await small, undefined);
  assert.equal(await turns.take(1, gone.signal), undefined);
  held?.release();
});
