import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VergerError } from '@verger/core';
import { Registry } from 'prom-client';
import { serveHealth } from './health.ts';

const sources = { sick: () => undefined, busy: () => undefined, registry: new Registry() };

test('an address that cannot be listened on is a fault of --health, and says what to do', async () => {
  const first = await serveHealth({ host: '127.0.0.1', port: 0 }, sources);
  try {
    const { port } = new URL(first.url);
    await assert.rejects(
      serveHealth({ host: '127.0.0.1', port: Number(port) }, sources),
      (error: VergerError) => {
        assert.deepEqual([error.code, error.place.option], ['E_CONFIG', '--health']);
        assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}: another process listens there`));
        return true;
      },
    );
  } finally {
    await first.close();
  }
});
