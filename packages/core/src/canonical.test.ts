import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, isSealed, sha256, withSelfHash } from './canonical.ts';

test('the order of fields does not matter, that of lists does', () => {
  assert.equal(canonicalJson({ b: [2, 1], a: { d: 1, c: undefined } }), '{"a":{"d":1},"b":[2,1]}');
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
});

test('canonical JSON reads back as the value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('a sealed record says when it was changed', () => {
  const record = withSelfHash({ runId: 'a', count: 3 });
  assert.ok(isSealed(record));
  assert.ok(isSealed(JSON.parse(JSON.stringify(record))));
  assert.ok(!isSealed(Object.assign({}, record, { count: 4 })));
});

test('sha256 is the published function', () => {
  assert.equal(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
