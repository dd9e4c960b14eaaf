import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freeBytes } from './free-space.ts';

test('a folder that is not there yet has the space of the one that will hold it', async () => {
  const free = await freeBytes(join(tmpdir(), 'not/there/yet'));
  const there = await freeBytes(tmpdir());
  assert.ok(free !== null && there !== null && free > 0);
  assert.ok(Math.abs(free - there) < 0.1 * there + 2 ** 30, 'others write meanwhile');
});
