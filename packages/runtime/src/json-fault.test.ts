import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonFault } from './json-fault.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('the place of the fault, by line and column', () => {
  const cases = [
    ['{\n  "a": 1,\n  b: 2\n}', 3, 3, '"b"'],
    ['{ "a": 1, }', 1, 11, '"}"'],
    ['{ "a": 1 "b": 2 }', 1, 10, '"\\""'],
    ['[1, 2', 1, 6, 'the end of the file'],
    ['', 1, 1, 'the end of the file'],
    ['\n\n', 3, 1, 'the end of the file'],
    ['{}\nx', 2, 1, '"x"'],
    ["{'a': 1}", 1, 2, '"\'"'],
    ['{"a": .5}', 1, 7, '"."'],
    ['// note\n{}', 1, 1, '"/"'],
    ['{"a": undefined}', 1, 7, '"undefined"'],
    ['{"a": "b\n"}', 1, 7, '"\\""'],
    ['[}', 1, 2, '"}"'],
    ['{"a" 1}', 1, 6, '"1"'],
  ] as const;
  for (const [text, line, column, found] of cases)
    assert.deepEqual(jsonFault(text), { line, column, found }, JSON.stringify(text));
});

test('it agrees with JSON.parse on what is JSON: whole texts, and texts with one change', () => {
  fc.assert(
    fc.property(fc.json(), (text) => assert.equal(jsonFault(text), undefined)),
    { numRuns: 300 },
  );
  const change = fc.tuple(
    fc.jsonValue({ maxDepth: 3 }),
    fc.nat(),
    fc.nat(2),
    fc.constantFrom('', ...'{}[]:,"\\ 01.-+eEtfnu\n\t\u0000\u007f\u00a0é'),
  );
  fc.assert(
    fc.property(change, ([value, at, cut, put]) => {
      const text = JSON.stringify(value, null, 1);
      const start = at % (text.length + 1);
      const changed = text.slice(0, start) + put + text.slice(start + cut);
      assert.equal(jsonFault(changed) === undefined, isJson(changed), JSON.stringify(changed));
    }),
    { numRuns: 2000 },
  );
});
