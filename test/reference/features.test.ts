import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type EngineChoice, VergerError } from '@verger/core';
import { createExtractor, prepareNetwork, probeWeights, readKerasWeights } from '@verger/features';
import { sharedFile, sharedFolder, sharedTest } from '@verger/testkit/shared';
import { noTfjsNode, tfjsNodeFolder } from '@verger/testkit/tfjs-node';
import { extractorContract } from '../contract/extractor.ts';
import { referenceImages } from './images.ts';

const MODEL = 'model/mobilenetv2_imagenet_no_top.h5';
const prepare = () => prepareNetwork({ kind: 'file', path: sharedFile(MODEL), custom: false });

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

/** The features of the reference images in one engine, held against Keras'. */
async function holdAgainstKeras(choice: EngineChoice): Promise<void> {
  const extractor = await createExtractor({ ...(await prepare()), ...choice });
  try {
    let most = 0;
    for (const { name, file, features } of await referenceImages()) {
      const decoded = await extractor.decode(await readFile(file));
      assert.ok(decoded.ok, name);
      const seen = await extractor.infer(decoded.pixels);
      for (const [at, value] of seen.entries()) most = Math.max(most, Math.abs(value - features[at]!));
      const cosine = dot(seen, features) / Math.sqrt(dot(seen, seen) * dot(features, features));
      assert.ok(cosine >= 0.999999, `${name}: ${cosine}`);
    }
    assert.ok(most <= 2e-4, `off by ${most}`);
    assert.ok((await probeWeights(extractor)).ok, 'the weights probe');
  } finally {
    await extractor.close();
  }
}

sharedTest("features are Keras' to 2e-4, and to 0.999999 in direction", () =>
  holdAgainstKeras({ engine: 'onnxruntime' }),
);
sharedTest("features of tfjs are Keras' to 2e-4, and to 0.999999 in direction", () =>
  holdAgainstKeras({ engine: 'tfjs' }),
);
const OF_TFJS_NODE = "features of tfjs-node are Keras' to 2e-4, and to 0.999999 in direction";
if (tfjsNodeFolder === undefined) test(OF_TFJS_NODE, { skip: noTfjsNode });
else sharedTest(OF_TFJS_NODE, () => holdAgainstKeras({ engine: 'tfjs-node', tfjsNode: tfjsNodeFolder }));

sharedTest('the shared weights pass the ImageNet probe', async () => {
  const { network, fingerprint, rows } = await prepare();
  assert.equal(fingerprint.weightsKind, 'imagenet');
  assert.equal(fingerprint.weightsSha256, 'ec62332720ea3abef57b2763a0da43bfe0f29c1cb261904e45716baa6d94dbae');
  assert.equal(
    rows.reduce((sum, { parameters }) => sum + parameters, 0),
    2_257_984,
  );
  const extractor = await createExtractor({ network, fingerprint });
  const probed = await probeWeights(extractor);
  await extractor.close();
  assert.ok(probed.ok && probed.maxAbsDifference < 2e-4, String(probed.maxAbsDifference));
});

sharedTest('the shared weights cut at 10, 50 and 99 % are E_WEIGHTS_CORRUPT', async () => {
  const file = await readFile(sharedFile(MODEL));
  for (const share of [0.1, 0.5, 0.99]) {
    await assert.rejects(
      readKerasWeights(file.subarray(0, Math.floor(file.length * share))),
      (error) => error instanceof VergerError && error.code === 'E_WEIGHTS_CORRUPT',
    );
  }
});

if (sharedFolder !== undefined)
  extractorContract('onnxruntime, ImageNet weights', async () => createExtractor(await prepare()));
