import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestFirst, withMeasured } from './test-order.ts';

test('files that nobody has measured come first, then the longest; equals in byte order', () => {
  const times = { 'a.test.ts': 1, 'b.test.ts': 40, 'c.test.ts': 7, 'e.test.ts': 7, 'gone.test.ts': 90 };
  const files = ['a.test.ts', 'b.test.ts', 'e.test.ts', 'c.test.ts', 'new.test.ts', 'also-new.test.ts'];
  assert.deepEqual(longestFirst(files, times), [
    ...['also-new.test.ts', 'new.test.ts'],
    ...['b.test.ts', 'c.test.ts', 'e.test.ts', 'a.test.ts'],
  ]);
  assert.deepEqual(longestFirst([], times), []);
});

test('the order does not depend on that of the files', () => {
  const files = ['c', 'a', 'b', 'd'];
  assert.deepEqual(longestFirst(files, { b: 2 }), longestFirst([...files].reverse(), { b: 2 }));
});

test('what is measured is kept in whole seconds and byte order; a file that is gone loses its time', () => {
  const files = ['c.test.ts', 'a.test.ts', 'new.test.ts', 'unknown.test.ts'];
  const times = { 'gone.test.ts': 9, 'c.test.ts': 3, 'a.test.ts': 5 };
  const kept = withMeasured(times, { measuredMs: { 'c.test.ts': 12_400, 'new.test.ts': 499 }, files });
  assert.deepEqual(Object.entries(kept), [
    ['a.test.ts', 5],
    ['c.test.ts', 12],
    ['new.test.ts', 0],
  ]);
});
