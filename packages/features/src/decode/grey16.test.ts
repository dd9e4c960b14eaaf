import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grey16ToRgb } from './to-rgb.ts';

test('grey of 16 bits up to 255 is taken as it is, and above 255 by its high byte', () => {
  assert.deepEqual([...grey16ToRgb(Uint16Array.of(0, 7, 255))], [0, 0, 0, 7, 7, 7, 255, 255, 255]);
  assert.deepEqual([...grey16ToRgb(Uint16Array.of(0, 255, 256))], [0, 0, 0, 0, 0, 0, 1, 1, 1]);
  assert.deepEqual([...grey16ToRgb(Uint16Array.of(65535))], [255, 255, 255]);
  assert.equal(grey16ToRgb(new Uint16Array(0)).length, 0);
});
