import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { onShutdown, type ShutdownOptions, type ShutdownSignal } from './shutdown.ts';

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

function setUp(handler: (signal: ShutdownSignal) => Promise<void>, options: ShutdownOptions = {}) {
  const target = new FakeProcess();
  const time = { ms: 0 };
  const clock = { monotonicMs: () => time.ms, now: () => '' };
  const dispose = onShutdown(handler, { process: target, clock, ...options });
  return { target, time, dispose };
}

const forever = () => new Promise<void>(() => {});

test('the first signal asks, the second ends at once with its own code', () => {
  for (const [first, second, code] of [
    ['SIGINT', 'SIGINT', 130],
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGINT', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
  ] as const) {
    const { target, time } = setUp(forever);
    target.emit(first);
    assert.deepEqual(target.exits, []);
    time.ms = 1000;
    target.emit(second);
    assert.deepEqual(target.exits, [code]);
  }
});

test('the handler gets the signal, once', async () => {
  const seen: string[] = [];
  const { target, time } = setUp(async (signal) => void seen.push(signal));
  target.emit('SIGTERM');
  await Promise.resolve();
  time.ms = 1000;
  target.emit('SIGTERM');
  await Promise.resolve();
  assert.deepEqual(seen, ['SIGTERM']);
});

test('one Ctrl-C that npx passes on is not a second one; another signal is, however soon', () => {
  const { target, time } = setUp(forever);
  target.emit('SIGINT');
  time.ms = 100;
  target.emit('SIGINT');
  assert.deepEqual(target.exits, []);
  target.emit('SIGTERM');
  assert.deepEqual(target.exits, [143]);
});

test('a handler that throws, now or later, ends the process', async () => {
  for (const handler of [
    () => Promise.reject(new Error('no')),
    () => {
      throw new Error('no');
    },
  ]) {
    const { target } = setUp(handler);
    target.emit('SIGINT');
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(target.exits, [130]);
  }
});

test('when the grace is over the process ends, unless it was disposed of', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const late = setUp(forever, { graceMs: 5000 });
  const disposed = setUp(forever, { graceMs: 5000 });
  late.target.emit('SIGTERM');
  disposed.target.emit('SIGTERM');
  disposed.dispose();
  t.mock.timers.tick(4999);
  assert.deepEqual(late.target.exits, []);
  t.mock.timers.tick(1);
  assert.deepEqual([late.target.exits, disposed.target.exits], [[143], []]);
});

test('dispose takes the listeners away, and only these', () => {
  const { target, dispose } = setUp(forever);
  const other = () => {};
  target.on('SIGINT', other);
  dispose();
  assert.deepEqual([target.listeners('SIGINT'), target.listenerCount('SIGTERM')], [[other], 0]);
});

async function ending(child: ChildProcess): Promise<(string | number | null)[]> {
  return (await once(child, 'exit')) as (string | number | null)[];
}

test('a real process: graceful on the first signal, forced on the second', async () => {
  const start = async (mode: string) => {
    const child = fork(new URL('./testing/interrupted.ts', import.meta.url), [mode]);
    assert.deepEqual(await once(child, 'message').then(([message]) => message), 'ready');
    return child;
  };
  const graceful = await start('graceful');
  graceful.kill('SIGINT');
  assert.deepEqual(await ending(graceful), [7, null]);

  const stuck = await start('stuck');
  stuck.kill('SIGINT');
  assert.deepEqual(await once(stuck, 'message').then(([message]) => message), 'SIGINT');
  stuck.kill('SIGTERM');
  assert.deepEqual(await ending(stuck), [143, null]);

  const disposed = await start('disposed');
  disposed.kill('SIGTERM');
  assert.deepEqual(await ending(disposed), [null, 'SIGTERM']);
});
