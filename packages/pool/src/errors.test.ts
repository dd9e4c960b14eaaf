import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS, type ErrorCode, VergerError } from '@verger/core';
import fc from 'fast-check';
import { fromWire, gist, PoolError, toWire } from './errors.ts';

test('every VergerError is the same after the way through a channel', () => {
  const place = fc.record(
    { path: fc.string(), partition: fc.nat(), location: fc.string(), option: fc.string() },
    { requiredKeys: [], noNullPrototype: true },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...(Object.keys(ERRORS) as ErrorCode[])),
      place,
      fc.option(fc.string(), { nil: undefined }),
      (code, where, detail) => {
        const error = new VergerError(code, where, detail === undefined ? {} : { detail });
        const back = fromWire(structuredClone(toWire(error)));
        assert.ok(back instanceof VergerError);
        assert.deepEqual(
          [back.code, back.place, back.detail, back.message, back.stack],
          [error.code, error.place, error.detail, error.message, error.stack],
        );
      },
    ),
  );
});

test('other errors keep name, message and code; what is no error becomes one', () => {
  const node = fromWire(toWire(Object.assign(new Error('no such file'), { code: 'ENOENT' })));
  assert.deepEqual(
    [node.name, node.message, (node as NodeJS.ErrnoException).code],
    ['Error', 'no such file', 'ENOENT'],
  );
  assert.equal(fromWire(toWire(new TypeError('x'))).name, 'TypeError');
  assert.equal(fromWire(toWire('just text')).message, 'just text');
  assert.equal(fromWire(toWire(undefined)).message, 'undefined');
  for (const code of ['toString', '__proto__', 'E_NOT_OURS'])
    assert.ok(!(fromWire({ ...toWire(new Error('x')), code }) instanceof VergerError), code);
});

test('a PoolError is a VergerError that may heal, with the line of the output that says most', () => {
  const error = new PoolError('cpu', '550 ms', 'start\nfoo.c:3: Assertion failed\n  at x\n');
  assert.equal(error.code, 'E_CHILD_DIED');
  assert.equal(error.permanent, false);
  assert.match(error.message, /\(550 ms\)\. Its output: foo\.c:3: Assertion failed$/);
  assert.equal(gist('one\n two \n\n'), 'two');
  assert.equal(gist('  \n'), '');
  assert.equal(gist(`Error ${'x'.repeat(1000)}`).length, 300);
});
