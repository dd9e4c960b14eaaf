import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '@verger/cluster';
import { serve } from './serve.ts';
import { call } from './testing/call.ts';

const flags = { redis: 'redis://127.0.0.1:6379' };

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
