import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { noInt8 } from '@verger/testkit/int8';
import { InferenceSession } from 'onnxruntime-node';
import { createExtractor } from '../network/extractor.ts';
import { prepareNetwork } from '../weights/prepare.ts';
import { PROOFS, type Proof, proofModel, proveInt8 } from './int8-proof.ts';

/** The sums of each proof in steps of its output, from the sum of two products. */
const answers =
  (pair: (proof: Proof) => number) =>
  async (proof: Proof): Promise<number[]> => {
    const places = (7 - proof.kernel + 1) ** 2;
    const two = 2 * (255 - proof.zero) * 127;
    return Array.from({ length: proof.outputs * places }, (_, at) =>
      Math.round(((8 * proof.products(Math.floor(at / places))) / proof.productsEach) * (pair(proof) / two)),
    );
  };
const instructions = () => ({ found: false, text: 'no VNNI (avx512_vnni or avx_vnni)' });

for (const [at, wrong] of PROOFS.entries())
  test(`a CPU whose products saturate in ${wrong.name} is refused, with both sums and what it reports`, async () => {
    const two = (proof: Proof) => 2 * (255 - proof.zero) * 127;
    const answer = answers((proof) => (proof === wrong ? two(proof) / 2 : two(proof)));
    await assert.rejects(proveInt8({ answer, instructions }), (error) => {
      assert.ok(error instanceof VergerError);
      assert.equal(error.code, 'E_INT8_CPU');
      const sums = [/ is 64770 \(1×1\); onnxruntime gave about 32385\./, / is 483870 /, / is 32385 /];
      assert.match(error.message, sums[at]!);
      assert.match(error.message, /The CPU reports no VNNI/);
      return true;
    });
  });

test('no answer is refused; exact ones are not', async () => {
  await assert.rejects(proveInt8({ answer: async () => [], instructions }), { code: 'E_INT8_CPU' });
  await proveInt8({ answer: answers((proof) => 2 * (255 - proof.zero) * 127), instructions });
});

test('this machine passes the proof', { skip: noInt8 }, () => proveInt8());

test('a machine that has no exact int8 says so', { skip: noInt8 === false && 'it has' }, async () => {
  await assert.rejects(proveInt8(), { code: 'E_INT8_CPU' });
});

for (const proof of PROOFS)
  test(`onnxruntime computes ${proof.name} of the proof in integers`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'verger-proof-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const optimizedModelFilePath = join(folder, 'optimised.onnx');
    const session = await InferenceSession.create(proofModel(proof), {
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
