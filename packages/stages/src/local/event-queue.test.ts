import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { EventQueue } from './event-queue.ts';

async function all<T>(queue: EventQueue<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue.read()) items.push(item);
  return items;
}

test('the reader gets every item once, in order, whenever they are pushed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 40 }), async (pauses) => {
      const queue = new EventQueue<number>();
      const reading = all(queue);
      for (const [index, pauseFirst] of pauses.entries()) {
        if (pauseFirst) await turn();
        queue.push(index);
      }
      queue.end();
      assert.deepEqual(await reading, [...pauses.keys()]);
    }),
    { numRuns: 50 },
  );
});

test('items pushed while others are read come after them', async () => {
  const queue = new EventQueue<number>();
  queue.push(0);
  const items: number[] = [];
  for await (const item of queue.read()) {
    items.push(item);
    if (item < 3) queue.push(item + 1);
    else queue.end();
  }
  assert.deepEqual(items, [0, 1, 2, 3]);
});

test('a failure is thrown after everything before it was read', async () => {
  const queue = new EventQueue<number>();
  queue.push(1);
  queue.fail(new Error('over'));
  const items: number[] = [];
  await assert.rejects(async () => {
    for await (const item of queue.read()) items.push(item);
  }, /over/);
  assert.deepEqual(items, [1]);
});

test('a reader that comes after the end sees what nobody has read', async () => {
  const queue = new EventQueue<string>();
  queue.push('left');
  queue.end();
  assert.deepEqual(await all(queue), ['left']);
  assert.deepEqual(await all(queue), []);
});
