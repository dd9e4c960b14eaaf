import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fingerprintSchema, sha256, VergerError } from '@verger/core';
import { kerasFile } from '@verger/testkit/keras-file';
import { createExtractor } from '../network/extractor.ts';
import { buildNetwork } from '../network/network.ts';
import { probeWeights } from '../probes/probe-weights.ts';
import { expectedArrays } from './keras-weights.ts';
import { prepareNetwork } from './prepare.ts';
import { untrainedWeights } from './untrained-weights.ts';

async function weightsFile(t: TestContext): Promise<{ path: string; bytes: Uint8Array }> {
  const folder = await mkdtemp(join(tmpdir(), 'verger-prepare-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const weights = untrainedWeights(9);
  const arrays = expectedArrays().map(({ key, layer, shape }) => ({
    layer,
    name: key.slice(layer.length + 1),
    shape,
    data: weights.get(key)!,
  }));
  const bytes = await kerasFile(arrays);
  const path = join(folder, 'mine.h5');
  await writeFile(path, bytes);
  return { path, bytes };
}

test('a file becomes a network, its fingerprint holds the sha256 of its bytes', async (t) => {
  const { path, bytes } = await weightsFile(t);
  for (const custom of [true, false]) {
    const { network, fingerprint, rows } = await prepareNetwork({ kind: 'file', path, custom });
    assert.deepEqual(fingerprintSchema.parse(fingerprint), fingerprint);
    assert.equal(fingerprint.weightsSha256, sha256(bytes));
    assert.equal(fingerprint.weightsKind, custom ? 'custom' : 'imagenet');
    assert.equal(sha256(network), sha256(buildNetwork(untrainedWeights(9))));
    assert.equal(rows.length, 155);
  }
});

test("weights that only claim to be ImageNet's do not pass the probe", async (t) => {
  const { path } = await weightsFile(t);
  const extractor = await createExtractor(await prepareNetwork({ kind: 'file', path, custom: false }));
  const probed = await probeWeights(extractor);
  await extractor.close();
  assert.equal(probed.ok, false);
  assert.ok(probed.maxAbsDifference > 0.1);
});

test('no file is E_WEIGHTS_MISSING, a damaged one E_WEIGHTS_CORRUPT; both name it', async (t) => {
  const { path, bytes } = await weightsFile(t);
  await writeFile(path, bytes.subarray(0, 4000));
  const expectations = [
    [`${path}.none`, 'E_WEIGHTS_MISSING'],
    [path, 'E_WEIGHTS_CORRUPT'],
  ] as const;
  for (const [file, code] of expectations) {
    await assert.rejects(prepareNetwork({ kind: 'file', path: file, custom: true }), (error) => {
      return error instanceof VergerError && error.code === code && error.place.path === file;
    });
  }
});

test('bytes that are no network are refused when the extractor is made', async () => {
  const { fingerprint } = await prepareNetwork({ kind: 'untrained', seed: 1 });
  await assert.rejects(createExtractor({ network: new Uint8Array(64), fingerprint }));
});
