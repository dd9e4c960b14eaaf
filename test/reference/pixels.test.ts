import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { sha256 } from '@verger/core';
import { decodeImage } from '@verger/features';
import { sharedFile, sharedTest } from '@verger/testkit/shared';
import { referenceImages } from './images.ts';

sharedTest("all 67 reference images have Pillow's pixels", async () => {
  const images = await referenceImages();
  assert.equal(images.length, 67);
  for (const { name, file, pixelsSha256 } of images) {
    const result = await decodeImage(await readFile(file));
    assert.equal(result.ok && sha256(result.pixels), pixelsSha256, name);
  }
});

sharedTest('six of them are pixel for pixel what is stored', async () => {
  for (const name of ['almost.jpg', 'large.jpg', 'rgb.jpg', 'rgba.png', 'strip.png']) {
    const result = await decodeImage(await readFile(sharedFile(`reference/odd/${name}`)));
    const stored = await readFile(sharedFile(`reference/pixels/${name}.u8`));
    assert.ok(result.ok && stored.equals(result.pixels), name);
  }
  const [first] = await referenceImages();
  const stored = await readFile(sharedFile('reference/pixels/fruit.u8'));
  assert.equal(sha256(stored), first?.pixelsSha256);
});
