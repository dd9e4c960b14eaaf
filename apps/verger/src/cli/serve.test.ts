import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import type { Service } from '@verger/cluster';
import { ERRORS, VergerError } from '@verger/core';
import { call } from '@verger/testkit/call';
import { serve } from './serve.ts';

const flags = { redis: 'redis://127.0.0.1:6379' };

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
    this.emit('exit');
  }
}

/** A service that notes with which graces it was closed, and ends then. */
function fakeService(): Service & { readonly graces: number[] } {
  const graces: number[] = [];
  let end = () => {};
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  const close = async (graceMs: number) => {
    graces.push(graceMs);
    end();
  };
  return { graces, healthUrl: undefined, done, loads: 0, close };
}

test('a signal that comes while a worker starts ends it as soon as it is there', async () => {
  const abort = new AbortController();
  const service = fakeService();
  const start = async () => {
    abort.abort();
    return service;
  };
  const { code, error } = await call((input) => serve(input, start), [], { flags, signal: abort.signal });
  assert.deepEqual([code, error, service.graces], [0, undefined, [0]]);
});

test('a signal that came before a worker starts leaves it unstarted', async () => {
  const start = async () => assert.fail('started');
  const { code } = await call((input) => serve(input, start), [], { flags, signal: AbortSignal.abort() });
  assert.equal(code, 0);
});

test('a start that hangs is ended by the grace, once a signal has come', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const target = new FakeProcess();
  const start = () => {
    target.emit('SIGTERM');
    t.mock.timers.tick(60_000);
    return Promise.reject(new VergerError('E_REDIS_UNREACHABLE'));
  };
  await call((input) => serve(input, start, target), [], { flags });
  assert.deepEqual(target.exits, [143]);
});

test('a worker that is stuck ends even if closing it hangs, and at once if it does not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const target = new FakeProcess();
  const stuck = new VergerError('E_WORKER_STUCK');
  const service = { ...fakeService(), done: Promise.reject(stuck) };
  service.done.catch(() => {});
  const start = async () => service;
  const closed = await call((input) => serve(input, start, target), [], { flags });
  assert.deepEqual([closed.error, service.graces], [stuck, [0]]);
  t.mock.timers.tick(60_000);
  assert.deepEqual(target.exits, []);

  const hangs = { ...service, close: () => new Promise<void>(() => t.mock.timers.tick(60_000)) };
  void call((input) => serve(input, async () => hangs, target), [], { flags });
  await once(target, 'exit');
  assert.deepEqual(target.exits, [ERRORS.E_WORKER_STUCK.exit]);
});
