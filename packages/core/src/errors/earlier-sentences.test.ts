import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../canonical.ts';
import { isNextOf, isReasonOf } from './earlier-sentences.ts';
import { ERRORS, IMAGE_ERROR_CODES } from './errors.ts';

test('a code of an image is known by the sentences of 0.1 and by its own, and by no other', () => {
  assert.ok(isReasonOf('E_IMG_TOO_MANY_PIXELS', 'The image has more than 50 million pixels.'));
  assert.ok(isNextOf('E_IMG_FORMAT_DENIED', 'Convert it to JPEG, PNG, WebP or GIF.'));
  assert.ok(!isReasonOf('E_IMG_DECODE', 'The image has more than 50 million pixels.'));
  assert.ok(!isNextOf('E_IMG_DECODE', 'Convert it to JPEG, PNG, WebP or GIF.'));
  for (const code of IMAGE_ERROR_CODES) {
    assert.ok(isReasonOf(code, ERRORS[code].what) && isNextOf(code, ERRORS[code].next), code);
  }
});

test('an image error is reworded only together with its earlier sentences: stored runs hold them', () => {
  const sentences = IMAGE_ERROR_CODES.map((code) => [code, ERRORS[code].what, ERRORS[code].next]);
  // Reworded? Add the old sentences to earlier-sentences.ts, then set the new hash here.
  assert.equal(
    sha256(JSON.stringify(sentences)),
    '8849664b141e53916c60ce1d3d498578cea8793bb7ea7453f50ce03c230b9279',
  );
});
