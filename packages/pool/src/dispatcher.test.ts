import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Dispatcher } from './dispatcher.ts';
import { type Entry, makeEntry } from './entry.ts';
import { PoolError } from './errors.ts';
import type { Seat } from './slot.ts';

const limits = { cpuMs: 1, wallMs: 1, memoryBytes: 1, pollMs: 1 };

/** A child that never was: it answers when the test says so. */
class FakeSeat implements Seat<number, number> {
  open = true;
  readonly window: Entry<number, number>[] = [];
  readonly got: number[] = [];
  /** The largest window in which a request stood that had asked to be alone. */
  crowd = 0;

  give(entry: Entry<number, number>): void {
    assert.ok(this.open, 'a closed seat was given a request');
    this.window.push(entry);
    this.got.push(entry.request);
    if (this.window.some(({ alone }) => alone)) this.crowd = Math.max(this.crowd, this.window.length);
  }
}

function setUp(seats: number, window: number) {
  const all = Array.from({ length: seats }, () => new FakeSeat());
  const dispatcher = new Dispatcher<number, number>(all, { window });
  const ask = (request: number, alone = false) => {
    const { entry, answer } = makeEntry<number, number>(request, { alone, base: limits }, () => {});
    dispatcher.add(entry);
    return answer;
  };
  const answer = (seat: FakeSeat) => {
    const entry = seat.window.shift();
    entry?.resolve(entry.request);
    if (entry !== undefined) dispatcher.answered(seat);
  };
  const die = (seat: FakeSeat) => {
    const [oldest, ...requeue] = seat.window.splice(0);
    seat.open = false;
    dispatcher.died(seat, {
      blamed: oldest && { entry: oldest, error: new PoolError('crash') },
      requeue,
      reason: 'crash',
      seen: '',
      death: { code: null, signal: 'SIGKILL', output: '' },
      pid: 1,
      useless: false,
      initError: undefined,
    });
  };
  const revive = (seat: FakeSeat) => {
    seat.open = true;
    dispatcher.dispatch();
  };
  return { all, dispatcher, ask, answer, die, revive };
}

test('requests go to the least busy child, up to its window, in order', () => {
  const { all, ask, answer } = setUp(2, 2);
  for (let request = 0; request < 6; request++) void ask(request);
  assert.deepEqual(
    all.map(({ got }) => got),
    [
      [0, 2],
      [1, 3],
    ],
  );
  answer(all[1]!);
  assert.deepEqual(all[1]!.got, [1, 3, 4]);
});

test('a request that must be alone waits for an empty child and delays no other child', () => {
  const { all, ask, answer } = setUp(2, 2);
  const [first, second] = all as [FakeSeat, FakeSeat];
  void ask(0);
  void ask(1);
  void ask(2, true);
  void ask(3);
  void ask(4);
  assert.deepEqual([first.got, second.got], [[0], [1, 3]]);
  answer(first);
  assert.deepEqual(
    [first.got, second.got],
    [
      [0, 2],
      [1, 3],
    ],
  );
  answer(second);
  assert.deepEqual(
    [first.got, second.got],
    [
      [0, 2],
      [1, 3, 4],
    ],
  );
  void ask(5);
  void ask(6);
  answer(first);
  assert.deepEqual(first.got, [0, 2, 5, 6]);
});

test('what waited in a dead child, or for a drained one, comes before the rest', () => {
  const { all, ask, die, revive, answer } = setUp(1, 3);
  const [seat] = all as [FakeSeat];
  const blamed = ask(0);
  void ask(1);
  void ask(2);
  void ask(3, true);
  void ask(4);
  die(seat);
  revive(seat);
  assert.deepEqual(seat.got.slice(3), [1, 2]);
  answer(seat);
  answer(seat);
  assert.deepEqual(seat.got.slice(3), [1, 2, 3]);
  answer(seat);
  assert.deepEqual(seat.got.slice(3), [1, 2, 3, 4]);
  return assert.rejects(blamed, { reason: 'crash' });
});

test('in any order of asking, answering and dying each request is answered once', async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('ask' as const), alone: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('answer' as const), seat: fc.nat(2) }) },
    fc.record({ do: fc.constantFrom('die' as const, 'revive' as const), seat: fc.nat(2) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, window) => {
        const { all, ask, answer, die, revive } = setUp(3, window);
        const answers: Promise<unknown>[] = [];
        let asked = 0;
        for (const one of steps) {
          if (one.do === 'ask') answers.push(ask(asked++, one.alone));
          if (one.do === 'answer') answer(all[one.seat]!);
          if (one.do === 'die' && all[one.seat]!.open) die(all[one.seat]!);
          if (one.do === 'revive') revive(all[one.seat]!);
          await Promise.resolve();
          for (const seat of all) assert.ok(seat.window.length <= window);
        }
        const settled = Promise.allSettled(answers);
        // Everything ends when the children live and answer.
        for (let turn = 0; turn < 500; turn++) {
          for (const seat of all) {
            if (!seat.open) revive(seat);
            answer(seat);
          }
          await Promise.resolve();
        }
        for (const result of await settled)
          assert.ok(result.status === 'fulfilled' || result.reason instanceof PoolError);
        for (const seat of all) assert.ok(seat.crowd <= 1, 'a request that was to be alone was not');
      },
    ),
    { numRuns: 300 },
  );
});

test('at the end everybody is told: the queue, the windows, and what a child drains for', async () => {
  const { dispatcher, ask } = setUp(1, 2);
  const open = [ask(1), ask(2), ask(3, true), ask(4), ask(5, true)];
  dispatcher.rejectAll(new Error('over'));
  for (const one of open) await assert.rejects(one, { message: 'over' });
});
