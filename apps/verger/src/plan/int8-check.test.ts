import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { noInt8 } from '@verger/testkit/int8';
import { checkInt8, checkInt8Here, int8Text } from './int8-check.ts';

const instructions = () => 'VNNI (avx_vnni)';

test('a CPU that passes the proof is named with its instructions', async () => {
  const check = await checkInt8({ prove: async () => undefined, instructions });
  assert.deepEqual(check, { usable: true, detail: 'VNNI (avx_vnni): --precision int8 can be used' });
  const line = 'ok  int8      VNNI (avx_vnni): --precision int8 can be used';
  assert.equal(int8Text(check, 'onnxruntime'), line);
  assert.equal(int8Text(check, 'tfjs'), `${line} (with onnxruntime)`);
});

test('a CPU that fails it gets a note with code, reason and next step', async () => {
  const prove = () => Promise.reject(new VergerError('E_INT8_CPU', {}, { detail: 'It gave half.' }));
  const check = await checkInt8({ prove, instructions });
  assert.equal(check.usable, false);
  assert.match(
    int8Text(check, 'onnxruntime'),
    /^no {2}int8 {6}E_INT8_CPU: [^\n]*It gave half\.\n {14}→ Use a CPU with VNNI/,
  );
});

test('what is said of this machine is what the tests of int8 go by', async () => {
  assert.equal((await checkInt8Here()).usable, noInt8 === false);
});
