import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { Budget, forEachBounded, mapBounded, readAhead } from './concurrency.ts';

test('at most `width` bodies run at once, all items are taken, and results are in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(3), { maxLength: 20 }),
      fc.integer({ min: 1, max: 6 }),
      async (turns, width) => {
        let running = 0;
        let most = 0;
        const results = await mapBounded(turns, width, async (count) => {
          running += 1;
          most = Math.max(most, running);
          for (let done = 0; done < count; done += 1) await turn();
          running -= 1;
          return count * 2;
        });
        assert.deepEqual(
          results,
          turns.map((count) => count * 2),
        );
        assert.ok(most <= width);
        if (turns.length >= width && turns.every((count) => count > 0)) assert.equal(most, width);
      },
    ),
    { numRuns: 40 },
  );
});

test('the first error ends the taking of items, and is thrown once all that began has ended', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const body = async (item: number) => {
    begun.push(item);
    await turn();
    if (item === 1) throw new Error('first');
    await turn();
    ended.push(item);
    if (item === 0) throw new Error('second');
  };
  await assert.rejects(forEachBounded([0, 1, 2, 3, 4, 5, 6, 7], 3, body), /first/);
  assert.deepEqual(begun, [0, 1, 2]);
  assert.deepEqual(ended, [0, 2]);
});

test('an error of the items waits for the bodies, and an unfinished generator is closed', async () => {
  const ended: number[] = [];
  let closed = false;
  async function* failing() {
    yield 0;
    throw new Error('no more items');
  }
  const slow = async (item: number) => {
    for (let turns = 0; turns < 5; turns += 1) await turn();
    ended.push(item);
  };
  await assert.rejects(forEachBounded(failing(), 2, slow), /no more items/);
  assert.deepEqual(ended, [0]);

  function* endless() {
    try {
      for (let item = 0; ; item += 1) yield item;
    } finally {
      closed = true;
    }
  }
  await assert.rejects(
    forEachBounded(endless(), 2, async (item) => {
      await turn();
      if (item === 3) throw new Error('enough');
    }),
    /enough/,
  );
  assert.ok(closed);
});

test('reading ahead keeps the order, is at most `width` ahead, and throws in its place', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(3), { maxLength: 15 }),
      fc.integer({ min: 1, max: 5 }),
      async (turns, width) => {
        let begun = 0;
        let given = 0;
        const read = async (index: number) => {
          begun += 1;
          assert.ok(begun - given <= width + 1);
          for (let done = 0; done < (turns[index] ?? 0); done += 1) await turn();
          return index;
        };
        const seen: number[] = [];
        for await (const index of readAhead([...turns.keys()], width, read)) {
          given += 1;
          seen.push(index);
        }
        assert.deepEqual(seen, [...turns.keys()]);
      },
    ),
    { numRuns: 40 },
  );
  const seen: number[] = [];
  const read = async (item: number) => {
    if (item >= 2) throw new Error(`item ${item}`);
    return item;
  };
  await assert.rejects(async () => {
    for await (const item of readAhead([0, 1, 2, 3], 4, read)) seen.push(item);
  }, /item 2/);
  assert.deepEqual(seen, [0, 1]);
});

test('a budget gives no more than it has, in order, and has everything back at the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat(30), { maxLength: 15 }),
      async (total, wanted) => {
        const budget = new Budget(total);
        let given = 0;
        const served: number[] = [];
        await Promise.all(
          wanted.map(async (amount, index) => {
            const giveBack = await budget.take(amount);
            served.push(index);
            given += Math.min(amount, total);
            assert.ok(given <= total, `${given} of ${total} given`);
            await turn();
            given -= Math.min(amount, total);
            giveBack();
            giveBack();
          }),
        );
        assert.deepEqual(served, [...wanted.keys()], 'first come, first served');
        const all = await budget.take(total);
        all();
      },
    ),
    { numRuns: 60 },
  );
});

test('a large request is not overtaken for ever by small ones', async () => {
  const budget = new Budget(4);
  const small = await budget.take(1);
  const order: string[] = [];
  const large = budget.take(4).then((giveBack) => {
    order.push('large');
    giveBack();
  });
  const next = budget.take(1).then((giveBack) => {
    order.push('small');
    giveBack();
  });
  await turn();
  assert.deepEqual(order, []);
  small();
  await Promise.all([large, next]);
  assert.deepEqual(order, ['large', 'small']);
});
