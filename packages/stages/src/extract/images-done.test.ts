import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageOutcome } from '../child/protocol.ts';
import { imagesDone, restDone } from './images-done.ts';

const good: ImageOutcome = { ok: true, features: new Float32Array() };
const bad = (code: 'E_IMG_EMPTY' | 'E_IMG_TRUNCATED'): ImageOutcome => ({ ok: false, code });

test('images are counted, those in quarantine by code', () => {
  const outcomes = [good, bad('E_IMG_EMPTY'), good, bad('E_IMG_TRUNCATED'), bad('E_IMG_EMPTY')];
  const codes = { E_IMG_EMPTY: 2, E_IMG_TRUNCATED: 1 };
  assert.deepEqual(imagesDone(outcomes), { type: 'images:done', extracted: 2, quarantined: 3, codes });
  assert.deepEqual(imagesDone([good]), { type: 'images:done', extracted: 1, quarantined: 0 });
});

test('the rest of a partition is what was not told: together they are what its commit says', () => {
  const told = imagesDone([good, bad('E_IMG_EMPTY')]);
  const all = { extracted: 5, codes: { E_IMG_EMPTY: 1, E_IMG_TRUNCATED: 2 } };
  const rest = { type: 'images:done', extracted: 4, quarantined: 2, codes: { E_IMG_TRUNCATED: 2 } };
  assert.deepEqual(restDone(all, told), rest);
  assert.deepEqual(restDone(all, { type: 'images:done', extracted: 5, quarantined: 3, codes: all.codes }), {
    ...{ type: 'images:done', extracted: 0, quarantined: 0 },
  });
  // Another worker's rows count: there the image was good.
  const theirs = restDone({ extracted: 2, codes: {} }, told);
  assert.deepEqual([theirs.extracted, theirs.quarantined], [1, -1]);
});
