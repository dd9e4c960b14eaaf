import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeImage } from '@verger/features';
import { brokenFiles, drawOrchard, ORCHARD_KINDS } from '@verger/orchard';

test('the decoder finds in each broken file of the orchard what the orchard says', async () => {
  // All is drawn before anything is decoded: the decoder blocks the SVG loader of its process.
  const broken = await brokenFiles(7);
  const good: { path: string; bytes: Uint8Array }[] = [];
  for await (const image of drawOrchard({ seed: 7, views: 1 })) good.push(image);
  for (const { path, bytes, expected } of broken) {
    assert.deepEqual(
      { path, result: await decodeImage(bytes) },
      { path, result: { ok: false, code: expected } },
    );
  }
  assert.equal(good.length, ORCHARD_KINDS.length);
  for (const { path, bytes } of good) assert.equal((await decodeImage(bytes)).ok, true, path);
});
