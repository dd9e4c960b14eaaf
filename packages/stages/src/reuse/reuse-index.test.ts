import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runIn, temporaryFolder } from '@verger/testkit/run-harness';
import { readReuseIndex } from './reuse-index.ts';

test('partitions that meet a range of paths are found in byte order, not in that of UTF-16', async (t) => {
  // U+FF5A sorts behind U+1F34E in UTF-16, and before it in UTF-8.
  const names = ['a', 'b', 'c', '\uff5a', '\u{1f34e}'];
  const files = Object.fromEntries(names.map((name) => [`${name}.jpg`, name]));
  const run = await runIn(await temporaryFolder(t), files, { extraction: { partitionSize: 1 } });
  const index = await readReuseIndex({ ...run, whole: false });
  const meets = (first: string, last: string) => index.overlapping(`${first}.jpg`, `${last}.jpg`);
  assert.deepEqual(meets('a', 'a'), [0]);
  assert.deepEqual(meets('b', '\uff5a'), [1, 2, 3]);
  assert.deepEqual(meets('\uff5a', '\u{1f34e}'), [3, 4]);
  assert.deepEqual(meets('\u{1f34e}', '\u{1f34e}'), [4]);
  // What lies between two first paths may stand in the partition of the first.
  assert.deepEqual(meets('bb', 'bc'), [1]);
  assert.deepEqual(meets('0', '1'), []);
  assert.equal(index.same(run.manifest.partitions[2]!.sha256), 2);
  assert.equal(index.same('0'.repeat(64)), undefined);
});

test('a listing part that is gone or no listing does not hide its neighbours', async (t) => {
  const files = { 'a.jpg': 'a', 'b.jpg': 'b', 'c.jpg': 'c' };
  const run = await runIn(await temporaryFolder(t), files, { extraction: { partitionSize: 1 } });
  await run.store.remove('listing/part-00000.jsonl');
  await run.store.replace('listing/part-00001.jsonl', Buffer.from('{'));
  const index = await readReuseIndex({ ...run, whole: false });
  assert.deepEqual(index.overlapping('c.jpg', 'c.jpg'), [2]);
  assert.deepEqual(index.overlapping('b.jpg', 'b.jpg'), [0, 1]);
});
