import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { holdable } from './holdable.ts';
import { openLocalStorage } from './local/storage.ts';

/** The keys, in byte order, and what is said of each that cannot be held. */
function judged(location: string, keys: readonly string[]): [string, string][] {
  const fault = holdable(location);
  const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return sorted.flatMap((key): [string, string][] => {
    const why = fault(key);
    return why === undefined ? [] : [[key, why]];
  });
}

test('of a file and what is below its name, the file is held, however far apart they come', () => {
  const keys = [
    'x.jpg',
    'x.jpg!.jpg',
    'x.jpg-2.jpg',
    'x.jpg/inner.jpg',
    'x.jpg/deep/inner.jpg',
    'x.jpgs/y.jpg',
  ];
  assert.deepEqual(judged('/out', keys), [
    ['x.jpg/deep/inner.jpg', 'below-file'],
    ['x.jpg/inner.jpg', 'below-file'],
  ]);
  // What is not held itself is in nobody's way.
  assert.deepEqual(judged('/out', ['a', 'a/b', 'a/b/c', 'b/c']), [
    ['a/b', 'below-file'],
    ['a/b/c', 'below-file'],
  ]);
});

test('names and paths that are too long, counted in bytes; keys that are none', () => {
  const name = 'é'.repeat(128);
  const deep = Array.from({ length: 17 }, () => 'd'.repeat(250)).join('/');
  assert.deepEqual(judged('/out', [`${name}.jpg`, `${'n'.repeat(255)}`, `${'n'.repeat(256)}/x.jpg`, deep]), [
    [deep, 'path'],
    [`${'n'.repeat(256)}/x.jpg`, 'name'],
    [`${name}.jpg`, 'name'],
  ]);
  assert.deepEqual(judged('/out', ['.tmp/x.jpg', '../x.jpg', 'a//x.jpg']), [
    ['../x.jpg', 'key'],
    ['.tmp/x.jpg', 'key'],
    ['a//x.jpg', 'key'],
  ]);
});

test('a bucket holds files and folders of one name, and keys of 1,024 bytes with the prefix', () => {
  const keys = ['x.jpg', 'x.jpg/y.jpg', '.tmp/x.jpg', 'n'.repeat(1022), 'm'.repeat(1023), 'a//x.jpg'];
  assert.deepEqual(judged('s3://bucket/p', keys), [
    ['a//x.jpg', 'key'],
    ['m'.repeat(1023), 'path'],
  ]);
});

test('what is said to be held can be written side by side, and what is not cannot', async () => {
  const root = await mkdtemp(join(tmpdir(), 'verger-holdable-'));
  try {
    const segment = fc.constantFrom('a', 'b', 'a-', 'n'.repeat(255), 'n'.repeat(256), '.tmp');
    const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 8 }), async (keys) => {
        round += 1;
        const storage = openLocalStorage(join(root, String(round)));
        const bad = new Set(judged(join(root, String(round)), keys).map(([unheld]) => unheld));
        for (const one of keys.filter((each) => !bad.has(each))) await storage.create(one, new Uint8Array(1));
        for (const one of bad) await assert.rejects(storage.create(one, new Uint8Array(1)));
      }),
      { numRuns: 40 },
    );
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
