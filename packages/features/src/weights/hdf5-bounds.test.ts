import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { kerasFile } from '@verger/testkit/keras-file';
import { expectedArrays } from './keras-weights.ts';
import { readKerasWeights } from './read-keras-weights.ts';
import { untrainedWeights } from './untrained-weights.ts';

const weights = untrainedWeights(1);
const file = Buffer.from(
  await kerasFile(
    expectedArrays().map(({ key, layer, shape }) => {
      return { layer, name: key.slice(layer.length + 1), shape, data: weights.get(key)! };
    }),
  ),
);

/** The file, changed, and longer by some bytes. */
function changed(change: (bytes: Buffer, root: number) => void, more = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.concat([file, more]);
  change(bytes, Number(bytes.readBigUInt64LE(80)));
  return bytes;
}

const refused = (words: RegExp) => (error: unknown) =>
  error instanceof VergerError && error.code === 'E_WEIGHTS_CORRUPT' && words.test(error.message);

test('B-trees whose nodes lead to the same nodes 60,000 times are refused before they are read', async () => {
  const count = 60_000;
  const node = (level: number, address: number) => {
    const bytes = Buffer.alloc(24 + 16 * count + 8);
    bytes.write('TREE');
    bytes[5] = level;
    bytes.writeUInt16LE(count, 6);
    for (let at = 0; at < count; at += 1) bytes.writeBigUInt64LE(BigInt(address), 32 + 16 * at);
    return bytes;
  };
  const leaf = node(0, Number(file.readBigUInt64LE(Number(file.readBigUInt64LE(80)) + 32)));
  const hostile = changed(
    (bytes, root) => {
      bytes[root + 5] = 2;
      bytes.writeUInt16LE(1, root + 6);
      bytes.writeBigUInt64LE(BigInt(file.length + leaf.length), root + 32);
    },
    Buffer.concat([leaf, node(1, file.length)]),
  );
  await assert.rejects(readKerasWeights(hostile), refused(/more than 4000 parts/));
});

test('a tree that leads to itself, and addresses outside of the file, are refused', async () => {
  const cycle = changed((bytes, root) => {
    bytes[root + 5] = 1;
    bytes.writeBigUInt64LE(BigInt(root), root + 32);
  });
  await assert.rejects(readKerasWeights(cycle), refused(/B-tree with a wrong level/));
  const outside = changed((bytes, root) => void bytes.writeBigUInt64LE(2n ** 60n, root + 32));
  await assert.rejects(readKerasWeights(outside), refused(/address outside/));
});

test('attributes of a kind that jsfive would report on the console are refused', async () => {
  // Its datatype, after a head of 8 bytes and its padded name, becomes a time.
  const time = changed((bytes) => {
    const name = bytes.indexOf('layer_names\0');
    bytes[name + 16] = (bytes[name + 16]! & 0xf0) | 2;
  });
  await assert.rejects(readKerasWeights(time), refused(/no text and no number/));
});

test('data sets that are chunked or filtered are refused', async () => {
  // A layout message: type 8, 24 bytes, version 3, contiguous.
  const head = Buffer.from([8, 0, 24, 0]);
  const layoutIn = (bytes: Buffer) => {
    let at = bytes.indexOf(head);
    while (at >= 0 && !(bytes[at + 8] === 3 && bytes[at + 9] === 1)) at = bytes.indexOf(head, at + 1);
    assert.ok(at >= 0, 'the file has a layout message');
    return at;
  };
  const chunked = changed((bytes) => void bytes.writeUInt8(2, layoutIn(bytes) + 9));
  await assert.rejects(readKerasWeights(chunked), refused(/data set that is not contiguous/));
  const filtered = changed((bytes) => void bytes.writeUInt8(0x0b, layoutIn(bytes)));
  await assert.rejects(readKerasWeights(filtered), refused(/filtered data set/));
});
