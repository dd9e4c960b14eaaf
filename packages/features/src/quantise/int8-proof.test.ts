import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { InferenceSession } from 'onnxruntime-node';
import { createExtractor } from '../network/extractor.ts';
import { prepareNetwork } from '../weights/prepare.ts';
import { proofModel, proveInt8 } from './int8-proof.ts';

const PLACES = 49;
/** What a CPU gives that adds each pair of products in 16 bits: 32,767 in place of 64,770. */
const saturated = Array.from({ length: 32 * PLACES }, (_, at) =>
  Math.round((8 * Math.floor(at / PLACES) * 32_767) / 64_770),
);
const instructions = () => ({ found: false, text: 'no VNNI (avx512_vnni or avx_vnni)' });

test('a CPU whose 8-bit products saturate is refused, with both sums and what the CPU reports', async () => {
  await assert.rejects(proveInt8({ answer: async () => saturated, instructions }), (error) => {
    assert.ok(error instanceof VergerError);
    assert.equal(error.code, 'E_INT8_CPU');
    assert.match(error.message, /2 products 255 · 127 is 64770; onnxruntime gave about 32385\./);
    assert.match(error.message, /The CPU reports no VNNI/);
    return true;
  });
  await assert.rejects(proveInt8({ answer: async () => [], instructions }), { code: 'E_INT8_CPU' });
});

test('this machine passes the proof, which onnxruntime computes in integers', async (t) => {
  await proveInt8();
  const folder = await mkdtemp(join(tmpdir(), 'verger-proof-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const optimizedModelFilePath = join(folder, 'optimised.onnx');
  const session = await InferenceSession.create(proofModel(), {
    ...{ executionProviders: ['cpu'], logSeverityLevel: 3 },
    optimizedModelFilePath,
  });
  await session.release();
  const optimised = await readFile(optimizedModelFilePath, 'latin1');
  assert.match(optimised, /QLinearConv/);
  assert.doesNotMatch(optimised, /DequantizeLinear/);
});

test('an extractor asks for the proof with int8 only', async () => {
  const prepared = await prepareNetwork({ kind: 'untrained', seed: 1 });
  const refuse = () => Promise.reject(new VergerError('E_INT8_CPU'));
  const extractor = await createExtractor(prepared, { prove: refuse });
  await extractor.close();
  const fingerprint = { ...prepared.fingerprint, precision: 'int8' as const };
  const refused = createExtractor({ ...prepared, fingerprint }, { prove: refuse });
  await assert.rejects(refused, { code: 'E_INT8_CPU' });
});
