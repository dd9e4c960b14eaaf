import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestLimiter } from './limiter.ts';

/** Takes without waiting; undefined when it would have to wait (the wait is given up). */
async function tryTake(limiter: RequestLimiter, bytes: number): Promise<(() => void) | undefined> {
  const abort = new AbortController();
  const taking = limiter.take(bytes, abort.signal);
  let given: (() => void) | undefined;
  await Promise.race([taking.then((release) => (given = release)), new Promise(setImmediate)]);
  abort.abort(new Error('given up'));
  await taking.catch(() => undefined);
  return given;
}

test('requests and bytes are bounded, and one larger than all takes all', async () => {
  const limiter = new RequestLimiter({ requests: 2, bytes: 100 });
  const one = await tryTake(limiter, 60);
  assert.ok(one !== undefined);
  assert.equal(await tryTake(limiter, 50), undefined);
  const two = await tryTake(limiter, 40);
  assert.equal(await tryTake(limiter, 0), undefined);
  one();
  one();
  two?.();
  const all = await tryTake(limiter, 1000);
  assert.ok(all !== undefined);
  assert.equal(await tryTake(limiter, 1), undefined);
});

test('who waits is served in turn, and who gives up lets the next through', async () => {
  const limiter = new RequestLimiter({ requests: 1, bytes: 100 });
  const release = await limiter.take(1);
  const order: string[] = [];
  const abort = new AbortController();
  const quitter = limiter.take(100, abort.signal);
  const second = limiter.take(1).then((end) => {
    order.push('second');
    end();
  });
  const third = limiter.take(1).then((end) => {
    order.push('third');
    end();
  });
  abort.abort(new Error('no more'));
  await assert.rejects(quitter, /no more/);
  release();
  await Promise.all([second, third]);
  assert.deepEqual(order, ['second', 'third']);
});

test('asked for less the number is halved once a second, and grows with good answers up to the first', () => {
  const limiter = new RequestLimiter({ requests: 64, bytes: 100 });
  for (let times = 0; times < 10; times += 1) limiter.slowed();
  assert.equal(limiter.allowed, 32);
  for (let times = 0; times < 100; times += 1) limiter.succeeded();
  assert.equal(limiter.allowed, 64);
});
