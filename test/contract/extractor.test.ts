import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createExtractor, prepareNetwork } from '@verger/features';
import { noTfjsNode, tfjsNodeFolder } from '@verger/testkit/tfjs-node';
import { extractorContract } from './extractor.ts';

const prepared = prepareNetwork({ kind: 'untrained', seed: 1 });
const onnxruntime = async () => createExtractor({ ...(await prepared), engine: 'onnxruntime' });
const tfjs = async () => createExtractor({ ...(await prepared), engine: 'tfjs' });
const tfjsNode = async () =>
  createExtractor({ ...(await prepared), engine: 'tfjs-node', tfjsNode: tfjsNodeFolder });

extractorContract('onnxruntime, untrained weights', onnxruntime);
extractorContract('tfjs, untrained weights', tfjs);
describe('beside verger', { skip: noTfjsNode }, () =>
  extractorContract('tfjs-node, untrained weights', tfjsNode),
);

test('each engine has its own numeric class, all the same fingerprint; the default is onnxruntime', async () => {
  const [unnamed, ...others] = await Promise.all([
    createExtractor(await prepared),
    onnxruntime(),
    tfjs(),
    ...(tfjsNodeFolder === undefined ? [] : [tfjsNode()]),
  ]);
  assert.equal(unnamed.numericClass, others[0]?.numericClass);
  assert.equal(new Set(others.map((extractor) => extractor.numericClass)).size, others.length);
  for (const { fingerprint } of others) assert.deepEqual(fingerprint, unnamed.fingerprint);
  for (const extractor of [unnamed, ...others]) await extractor.close();
});
