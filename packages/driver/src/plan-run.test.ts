import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Storage } from '@verger/core';
import { checkPlaces } from './plan-run.ts';

test('the look at the images ends with its signal while it waits for a list', async () => {
  const abort = new AbortController();
  const list: Storage['list'] = async function* ({ signal } = {}) {
    await new Promise<never>((_, reject) =>
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
    );
    yield* [];
  };
  const source = { list } as Storage;
  const ended = assert.rejects(checkPlaces(source, 's3://bucket/out', abort.signal), /enough/);
  setImmediate(() => abort.abort(new Error('enough')));
  await ended;
});
